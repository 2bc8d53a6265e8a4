"""Keys in cells are errors that never repeat them; what only looks a little like one is left."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from neutrino_lab import report
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.export import leaks
from neutrino_lab.export.installed import Installed
from neutrino_lab.export.plan import plan
from neutrino_lab.export.planned import Plan
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read

PlanOf: TypeAlias = Callable[[Mapping[str, str | Sequence[str]]], Plan]
HELLO = '"""\n@HTTP\nGET /x\n"""\ndef x():\n    pass'
# Put together here, so that no scanner takes this file for a leak.
LONG = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


def key(*parts: str) -> str:
    return "".join(parts)


KEYS = {
    "an AWS access key": key("AKIA", "Q3EGTRJ5NN7WZ2LP"),
    "a GitHub token": key("ghp_", LONG),
    "a GitLab token": key("glpat-", LONG[:20]),
    "an API key": key("sk-", "ant-api03-", LONG),
    "a Stripe key": key("sk_live_", LONG[:24]),
    "a Slack token": key("xoxb-", "2401-8842-", LONG[:20]),
    "a Slack webhook": key("https://hooks.slack.com", "/services/T0AB/B0CD/", LONG[:24]),
    "a Google API key": key("AIza", LONG[:35]),
    "a Hugging Face token": key("hf_", LONG[:34]),
    "a PyPI token": key("pypi-AgE", LONG, LONG),
    "an npm token": key("npm_", LONG),
    "a JSON Web Token": key("eyJhbGciOiJI.", "eyJzdWIiOiIx.", LONG[:20]),
    "a private key": key("-----BEGIN RSA ", "PRIVATE KEY-----"),
    "an AWS key for Bedrock": key("ABSK", LONG, LONG, LONG),
    "an age key": key("AGE-SECRET-KEY-1", LONG.upper(), LONG[:22].upper()),
    "a SendGrid key": key("SG.", LONG[:22], ".", LONG),
    "a Twilio key": key("SK", HEX),
    "a Mailgun key": key("key-", HEX),
    "a Databricks token": key("dapi", HEX),
    "an Atlassian token": key("ATATT3", LONG, LONG),
    "an Airtable token": key("pat", LONG[:14], ".", HEX, HEX),
    "a Postman key": key("PMAK-", HEX[:24], "-", HEX, HEX[:2]),
    "a Pulumi token": key("pul-", HEX, HEX[:8]),
    "a 1Password token": key("ops_eyJ", LONG, LONG),
    "a Linear key": key("lin_api_", LONG, LONG[:4]),
    "a PlanetScale token": key("pscale_tkn_", LONG),
    "a Doppler token": key("dp.st.", LONG, LONG[:4]),
    "an Alibaba key": key("LTAI", LONG[:20]),
    "a RubyGems key": key("rubygems_", HEX, HEX[:16]),
    "a Figma token": key("figd_", LONG, LONG[:4]),
    "a Heroku key": key("HRKU-", LONG),
    "an address with a password": key("postgresql://ada:", "s3kr1t", "@db/x"),
}


@pytest.mark.parametrize("what", KEYS)
@pytest.mark.parametrize("form", ["f('{}')", "# {}", '"""\ntext {}\n"""', "x = f'{}' + y"])
def test_keys_of_the_great_issuers_are_known(what: str, form: str) -> None:
    code = f"x = 1\n{form.format(KEYS[what])}"
    (leak,) = leaks.in_code(code)
    span = leak.span
    assert (leak.what, leak.is_certain) == (what, True)
    assert span is not None
    assert code.split("\n")[span.line - 1][span.column : span.end_column] in KEYS[what]


@pytest.mark.parametrize(
    "code",
    [
        "password = 'hunter2!'",
        "db_password: str = 'Tr0ub4dor'",
        "connect(host='h', passwd='k9#mmQ')",
        "config = {'client_secret': 'a8f5f167f44f4964e6c998dee827110c'}",
        "headers = {'X-API-Key': 'a8f5f167f44f4964e6c998dee827110c'}",
        "headers = {'Authorization': 'Bearer a8f5f167f44f4964e6c998dee827110c'}",
        "os.environ['OPENAI_API_KEY'] = 'a8f5f167f44f4964e6c998dee827110c'",
        "os.environ.setdefault('MY_TOKEN', 'a8f5f167f44f4964e6c998dee827110c')",
        "def f(*, apiKey='a8f5f167f44f4964e6c998dee827110c'): pass",
        "def f(a, token='a8f5f167f44f4964e6c998dee827110c'): pass",
        "if token == 'a8f5f167f44f4964e6c998dee827110c': pass",
        "self.secret = 'a8f5f167f44f'",
        "(api_key := 'a8f5f167f44f4964e6c998dee827110c')",
        "AWS_SECRET_ACCESS_KEY = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLKEY'.strip()\n"
        "aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYz8EKEY'",
    ],
)
def test_names_give_secrets_away(code: str) -> None:
    assert len(leaks.in_code(code)) == 1


@pytest.mark.parametrize(
    ("code", "is_certain"),
    [
        ("password = 'hunter2!'", True),
        ("password = 'hunter2'", False),
        ("def f():\n    return {'name': 'Ada', 'password': 'Tr0ub4dor&3'}", False),
        ("def f():\n    yield [{'password': 'Tr0ub4dor&3'}]", False),
        ("def f():\n    return connect({'password': 'Tr0ub4dor&3'})", True),
        (f"def f():\n    return {{'password': '{KEYS['an API key']}'}}", True),
    ],
)
def test_what_may_be_data_does_not_stop_an_export(code: str, is_certain: bool) -> None:
    assert [leak.is_certain for leak in leaks.in_code(code)] == [is_certain]


@pytest.mark.parametrize(
    "code",
    [
        "password = os.environ['PASSWORD']",
        "password = getpass()",
        "password = 'changeme'",
        "password = 'xxxxxxxx'",
        "password = '<your password>'",
        "password = '${DB_PASSWORD}'",
        "password = f'{password}'",
        "password = ''",
        "password = 'password123'",
        "api_key = 'YOUR_API_KEY'",
        "api_key = 'sk-...'",
        "api_key = 'sk-your-key-goes-here-please-0000'",
        "api_key = os.getenv('OPENAI_API_KEY', '')",
        "token = '[SEP]'",
        "pad_token = '<pad>'",
        "next_token = 'page-2'",
        "tokenizer = 'bert-base-uncased-v2-long-name-1'",
        "primary_key = 'a8f5f167f44f4964e6c998dee827110c'",
        "sha256 = 'a8f5f167f44f4964e6c998dee827110ca8f5f167f44f4964e6c998dee827110c'",
        "commit = 'a8f5f167f44f4964e6c998dee827110c12345678'",
        "secret_path = '/run/secrets/db1'",
        "secret = '/run/secrets/db1'",
        "password_field = 'new-password-2'",
        "url = 'postgresql://user:password@localhost/x'",
        "url = f'postgresql://{user}:{password}@localhost/x'",
        "url = 'https://example.org:8080/@ada'",
        "url = 'https://github.com/x/y@v1'",
        "risk = 'task-based-learning-and-more-of-it'",
        "x = 'uuid: 123e4567-e89b-12d3-a456-426614174000'",
        "key = 'AKIAIOSFODNN7EXAMPLE'",
        "x = '''def f(:'''",
        "def f(:\n    password = 'hunter2!'",
        "",
    ],
)
def test_placeholders_and_plain_texts_are_let_be(code: str) -> None:
    assert leaks.in_code(code) == []


def test_a_comment_lets_one_literal_pass() -> None:
    allowed = "# neutrino: allow-secret"
    assert leaks.in_code(f"password = 'hunter2!'  {allowed}, a fixture") == []
    assert leaks.in_code(f"x = '''\n{KEYS['a private key']}\n'''  {allowed}") == []
    assert len(leaks.in_code(f"a = 1  {allowed}\npassword = 'hunter2!'")) == 1


def test_a_key_stops_the_export_and_is_not_repeated(plan_of: PlanOf) -> None:
    secret = KEYS["an API key"]
    plan = plan_of(
        {
            "a.ipynb": [f"client = Client('{secret}')\nimport helper", HELLO],
            "helper.py": "password = 'hunter2!'",
        }
    )
    assert plan.files == ()
    assert [(d.code, d.severity, d.notebook, d.cell) for d in plan.diagnostics] == [
        ("NL771", "error", "a.ipynb", 1),
        ("NL771", "error", "helper.py", 0),
    ]
    for style in ("text", "json", "github"):
        said = report.render(plan.diagnostics, style=style, color=False)
        assert secret not in said
        assert "hunter2" not in said
    assert "os.environ" in plan.diagnostics[0].hint


def test_the_password_of_an_install_line_is_not_repeated(plan_of: PlanOf) -> None:
    line = "%pip install --index-url https://ada:s3kr1t@host/simple numpy"
    plan = plan_of({"a.ipynb": [line, HELLO]})
    assert [d.code for d in plan.diagnostics] == ["NL722", "NL771"]
    assert "s3kr1t" not in str((plan.files, plan.diagnostics))


def test_outputs_and_skipped_cells_never_leave_the_notebook(
    tmp_path: Path, environment: Installed
) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["OUTPUT-OF-A-CELL"]}
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": "x = 1", "outputs": [output]},
        {"cell_type": "code", "source": HELLO, "outputs": [output]},
        {
            "cell_type": "code",
            "source": f"key = '{KEYS['an API key']}'",
            "metadata": {"tags": ["neutrino-skip"]},
            "outputs": [output],
        },
    ]
    for each in cells:
        each |= {"execution_count": 1, "metadata": each.get("metadata", {})}
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "a.ipynb").write_text(json.dumps(document))
    project = find(tmp_path / "a.ipynb")
    notebooks = [read(s.path, s.relative, s.module) for s in project.sources]
    compilation = Compiler().compile("a", notebooks)
    made = plan(compilation, project, notebooks, environment=environment)
    assert made.diagnostics == ()
    assert len(made.files) > 10
    for file in made.files:
        content = file.content if file.source is None else file.source.read_bytes()
        assert b"OUTPUT-OF-A-CELL" not in content
        assert KEYS["an API key"].encode() not in content
