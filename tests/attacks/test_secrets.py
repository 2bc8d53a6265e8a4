"""Keys, however they are written: as bytes, in pieces, in comments, magics, texts and files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from neutrino_lab.export import leaks
from tests.attacks.reading import drafted
from tests.notebooks import write

ENDPOINT = '"""\n@HTTP\nGET /a\n"""\ndef a():\n    return 1'
# Put together here, so that no scanner takes this file for a leak.
LONG = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
HEX = "a8f5f167f44f4964e6c998dee827110c"
AWS = "".join(["AKIA", "Q3EGTRJ5NN7WZ2LP"])
WORD = "s3cr3t!pw"


@pytest.mark.parametrize(
    "code",
    [
        f"password = b'{WORD}'",
        f"# password = '{WORD}'",
        f"x = 1  # db_password: {WORD}",
        f"key = '{AWS[:4]}' + '{AWS[4:]}'",
        f"key = '{AWS[:4]}' '{AWS[4:]}'",
        f"key = ''.join(['{AWS[:4]}', '{AWS[4:]}'])",
        f"password = '{WORD[:5]}' + '{WORD[5:]}'",
        f"c = 'AccountName=x;AccountKey={LONG}{LONG}{'A' * 14}==;EndpointSuffix=x'",
        f"azure = 'abc8Q~{LONG[:34]}'",
        f"url = 'https://x.blob.core.windows.net/c?sv=2020&sig={LONG}{LONG[:8]}%3D'",
        f"x = 'SG.{LONG[:22]}.{LONG}{LONG[:7]}'",
        f"bot = '123456789:AAF{LONG[:32]}'",
        f"t = 'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{LONG[:27]}'",
        f"h = 'https://discord.com/api/webhooks/123456789012345678/{LONG}{LONG}'",
        f"t = 'dop_v1_{HEX}{HEX}'",
        "k = 'AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE'",
        f"f = Fernet(b'{LONG}{LONG[:7]}=')",
        f"FERNET_KEY = '{LONG}{LONG[:7]}='",
        f"setattr(config, 'password', '{WORD}')",
        f"requests.get(url, auth=('ada', '{WORD}'))",
        f"requests.get(url, auth=HTTPBasicAuth('ada', '{WORD}'))",
        "passphrase = 'correct horse battery staple'",
        "password = 'correct horse battery staple'",
        f"url = 'mysql+pymysql://root:{WORD}@db/x'",
        f"connect('host=db user=ada password={WORD}')",
        "headers = {'Authorization': 'Basic YWRhOnMzY3IzdCFwdw=='}",
        f"smtp.login('ada@example.org', '{WORD}')",
        f"user, password = 'ada', '{WORD}'",
        f'json.loads(\'{{"password": "{WORD}"}}\')',
        f"text = '''\n[db]\npassword = {WORD}\n'''",
        f"os.environ.update(OPENAI_API_KEY='{LONG}')",
        f"SECRET_KEY = 'django-insecure-{LONG}'",
        f"password = os.environ.get('PASSWORD') or '{WORD}'",
        f"connect(password='{WORD}' if local else asked)",
        f"password = SecretStr('{WORD}')",
        f"password = local and base64.b64decode('{LONG}==') or None",
    ],
)
def test_a_key_is_seen(code: str) -> None:
    (leak,) = leaks.in_code(code)
    assert leak.span is not None


@pytest.mark.parametrize(
    "code",
    [
        "# password: the one of the database",
        "# set PASSWORD=... before you start",
        "# token = os.environ['TOKEN']",
        "text = 'password: at least eight characters'",
        "query = 'SELECT password FROM users WHERE name = :name'",
        "print('Authorization: Bearer <token>')",
        "key = b'key'",
        "auth = ('user', 'password')",
        "requests.get(url, auth=(user, password))",
        "setattr(config, 'password', getpass())",
        "vocabulary = 'correct horse battery staple'",
        "password = 'Please enter your password here'",
        "name = 'skeleton-key-of-the-door-1'",
        "digest = 'sha256:a8f5f167f44f4964e6c998dee827110ca8f5f167f44f4964e6c998dee827110c'",
        "model = 'SG.small.v1'",
        "version = 'v1.2.3-us1'",
        "ratio = '1234567890:A'",
    ],
)
def test_what_only_speaks_of_keys_is_let_be(code: str) -> None:
    assert leaks.in_code(code) == []


MAGICS = [
    f"%env API_KEY={HEX}",
    f'!curl -H "X-API-Key: {HEX}" https://example.org',
    f"!curl -u ada:{WORD} https://example.org",
    f"!export TOKEN={HEX} && run",
    f"%set_env PASSWORD {WORD}\n%env DB_PASSWORD={WORD}",
    f"x = !login --password={WORD}",
    f"!tool \\\n  --token={HEX}",
    f"!aws configure set aws_access_key_id {AWS}",
    f"%load_ext sql\n%sql postgresql://ada:{WORD}@db/x",
]


@pytest.mark.parametrize("magic", MAGICS)
def test_a_key_in_a_magic_stops_an_export(magic: str, tmp_path: Path) -> None:
    found = drafted(write(tmp_path / "n.ipynb", magic, ENDPOINT))
    leaked = [(d.code, d.severity, d.cell) for d in found.findings if d.code.startswith("NL77")]
    assert set(leaked) == {("NL771", "error", 1)}
    assert found.plan.files == ()


@pytest.mark.parametrize(
    ("cells", "exported"),
    [
        (["%matplotlib inline\nx = 1"], "pass\nx = 1"),
        (["!ls \\\n  -l\nx = 1"], "pass\n\nx = 1"),
        (["if True:\n    %cd data\nx = 1"], "if True:\n    pass\nx = 1"),
        (["%time x = 1"], "x = 1"),
        (["x?"], "pass"),
        (["%%bash\necho secret"], ""),
    ],
)
def test_a_dropped_line_is_exported_as_nothing(
    cells: Sequence[str], exported: str, tmp_path: Path
) -> None:
    found = drafted(write(tmp_path / "n.ipynb", *cells, ENDPOINT))
    (code,) = [each.content.decode() for each in found.plan.files if str(each.path) == "cells/n.py"]
    first = code.partition("# %% cell 2")[0].partition("\n")[2] if exported else ""
    assert first.strip("\n") == exported.strip("\n")
    assert "%matplotlib" not in code
    assert "secret" not in code


def test_one_comment_lets_a_magic_pass(tmp_path: Path) -> None:
    line = f"%env API_KEY={HEX}  # neutrino: allow-secret"
    assert drafted(write(tmp_path / "n.ipynb", line, ENDPOINT)).is_sound


FILES = {
    "config.yaml": "github: " + "ghp_" + LONG,
    "late.txt": "x\n" * 20_000 + "-----BEGIN RSA " + "PRIVATE KEY-----",
    "data.json": '{"url": "postgresql://ada:' + WORD + '@db/x"}',
    "prod.env": "A=1",
    "token.json": "{}",
    ".bash_history": "ls",
    "terraform.tfstate": "{}",
    "secret.yaml": "a: 1",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_holds_keys_stays(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", f"text = open('{name}').read()", ENDPOINT)
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    found = drafted(path)
    assert [(d.code, d.cell) for d in found.findings if d.code == "NL744"] == [("NL744", 1)]
    assert name not in {str(each.path) for each in found.plan.files}
