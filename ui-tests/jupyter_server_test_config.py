"""The Jupyter server of the browser tests: no token, no XSRF, never for production."""

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
