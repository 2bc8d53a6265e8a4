"""The Jupyter server of the browser tests: no token, no XSRF, never for production."""

import os
from tempfile import mkdtemp

from jupyterlab.galata import configure_jupyter_server

c = get_config()  # noqa: F821 - traitlets puts it here
configure_jupyter_server(c)
c.ServerApp.jpserver_extensions = {"neutrino_lab": True}
c.ServerApp.allow_root = True  # some machines and CI run as root
c.ServerApp.ip = "127.0.0.1"
c.JupyterNotebookApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.user_settings_dir = mkdtemp(prefix="neutrino-settings-")
# What an earlier run, or the developer, has come to trust is not what these tests are about.
c.NotebookNotary.db_file = ":memory:"
# The model is a server that the test itself starts; see tests/llm.ts.
LLM_PORT = int(os.environ.get("NL_UI_PORT", "8899")) + 3000
os.environ["NEUTRINO_LLM_BASE_URL"] = f"http://127.0.0.1:{LLM_PORT}/v1"
os.environ["NEUTRINO_LLM_MODEL"] = "written-by-hand"
os.environ["NEUTRINO_LLM_API_KEY"] = "sk-a-key-that-no-page-may-hold"
# On a machine that has much else to do a page is loaded slowly.
c.Execution.return_s = 120
