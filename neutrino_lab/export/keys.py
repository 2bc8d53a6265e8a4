"""What keys look like: the forms that their issuers gave them, and the words that give others away.

Which issuers have a form, and which, was compared with the rules of gitleaks (config/gitleaks.toml,
MIT) and of detect-secrets (plugins/, Apache-2.0). Neither is a dependency: the one is a program in
Go; the other judges single lines, has had no release since 2024 and brings `requests` along.

Every pattern is linear in the length of the text: it begins where no letter of it stands before,
and every repetition has an end.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from neutrino_lab.notebook.wording import Worded, say

_W = "[A-Za-z0-9]"
_SHAPES = (
    (say("an AWS access key"), r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Za-z])"),
    (say("an AWS key for Bedrock"), r"ABSK[A-Za-z0-9+/]{100,200}={0,2}"),
    (say("a GitHub token"), rf"gh[oprsu]_{_W}{{36,255}}|github_pat_\w{{40,255}}"),
    (say("a GitLab token"), r"gl(?:pat|ptt|dt|rt|oas|soat|cbt|agent)-[\w-]{20,200}"),
    (say("an API key"), r"sk-(?=[\w-]{0,200}?\d)(?=[\w-]{0,200}?[A-Za-z])[\w-]{20,300}"),
    (say("a Stripe key"), rf"[rsp]k_(?:live|test)_{_W}{{16,200}}|whsec_[A-Za-z0-9+/]{{24,100}}"),
    (say("a Slack token"), r"xox[abeoprs]-[0-9A-Za-z-]{10,250}|xapp-\d-[0-9A-Za-z-]{20,250}"),
    (say("a Slack webhook"), r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/_]{20,200}"),
    (say("a Google API key"), r"AIza[\w-]{35}(?![\w-])"),
    (say("a Google client secret"), r"GOCSPX-[\w-]{28}|ya29\.[\w-]{30,500}"),
    (say("a Hugging Face token"), rf"(?:hf_|api_org_){_W}{{30,60}}(?!{_W})"),
    (say("a PyPI token"), r"pypi-AgE[\w-]{50,500}"),
    (say("an npm token"), rf"npm_{_W}{{36}}(?!{_W})"),
    (say("a JSON Web Token"), r"eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}"),
    (say("a private key"), r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"),
    (say("a private key"), r"PuTTY-User-Key-File-\d"),
    (say("an age key"), r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    (say("a SendGrid key"), r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    (say("a Telegram token"), r"\d{8,10}:A[\w-]{34}(?![\w-])"),
    (say("a Discord token"), r"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}"),
    (say("a Discord webhook"), r"discord(?:app)?\.com/api/webhooks/\d{15,22}/[\w-]{50,100}"),
    (say("a DigitalOcean token"), r"do[opr]_v1_[a-f0-9]{64}"),
    (say("an Azure client secret"), r"[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    (say("an Azure key"), r"(?:Account|SharedAccess|Access)Key=[A-Za-z0-9+/]{32,100}={0,2}"),
    (say("an Azure signature"), r"[?&;]sig=[A-Za-z0-9%+/]{40,100}"),
    (say("a Twilio key"), r"SK[0-9a-f]{32}(?![0-9A-Za-z])"),
    (say("a Mailgun key"), r"key-[0-9a-f]{32}(?![0-9A-Za-z])"),
    (say("a Mailchimp key"), r"[0-9a-f]{32}-us\d{1,2}(?![0-9A-Za-z])"),
    (say("a Databricks token"), r"dapi[a-f0-9]{32}"),
    (say("a Shopify token"), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    (say("a Square token"), r"(?:sq0atp-|sq0csp-|EAAA)[\w-]{22,60}"),
    (say("a Facebook token"), rf"EAACEdEose0cBA{_W}{{20,250}}|EAA[MC]{_W}{{100,250}}"),
    (say("a Grafana token"), r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}"),
    (say("a New Relic key"), r"NRAK-[A-Z0-9]{27}|NRJS-[a-f0-9]{19}"),
    (say("an Atlassian token"), r"ATATT3[\w=-]{50,250}"),
    (say("an Airtable token"), r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    (say("a Postman key"), r"PMAK-[a-fA-F0-9]{24}-[a-fA-F0-9]{34}"),
    (say("a Vault token"), r"hv[sbr]\.[\w-]{24,300}"),
    (say("a Terraform token"), rf"{_W}{{14}}\.atlasv1\.[\w-]{{60,70}}"),
    (say("a Pulumi token"), r"pul-[a-f0-9]{40}"),
    (say("a 1Password token"), r"ops_eyJ[A-Za-z0-9+/]{50,4000}"),
    (say("a Docker token"), r"dckr_(?:pat|oat)_[\w-]{24,60}"),
    (say("a Notion token"), rf"(?:ntn_|secret_){_W}{{40,50}}(?!{_W})"),
    (say("a Linear key"), rf"lin_api_{_W}{{40}}"),
    (say("a Supabase token"), r"sb[ps]_[a-f0-9]{40}|sb_secret_[\w-]{20,60}"),
    (say("a Sentry token"), r"sntry[su]_[A-Za-z0-9+/=_-]{40,400}"),
    (say("a PlanetScale token"), r"pscale_(?:tkn|pw|oauth)_[\w.-]{32,64}"),
    (say("a key of a language model"), rf"(?:gsk_|r8_|pplx-|xai-|fw_|nvapi-){_W}[\w-]{{30,120}}"),
    (say("a Doppler token"), r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,60}"),
    (say("an Alibaba key"), rf"LTAI{_W}{{20}}(?!{_W})"),
    (say("a RubyGems key"), r"rubygems_[a-f0-9]{48}"),
    (say("a Figma token"), r"figd_[\w-]{40,60}"),
    (say("a Heroku key"), r"HRKU-[\w-]{36,70}"),
    (say("a Fly token"), r"fo1_[\w-]{43}|FlyV1 fm\d_[A-Za-z0-9+/=,_-]{50,1000}"),
)
# What must stand in a text for it to hold one: to look for that costs next to nothing.
_MARKS = {
    "an AWS key for Bedrock": ("ABSK",),
    "a Slack webhook": ("hooks.slack.com/",),
    "a Google API key": ("AIza",),
    "a PyPI token": ("pypi-AgE",),
    "an npm token": ("npm_",),
    "a JSON Web Token": ("eyJ",),
    "an age key": ("AGE-SECRET-KEY-1",),
    "a SendGrid key": ("SG.",),
    "a Twilio key": ("SK",),
    "a Mailgun key": ("key-",),
    "a Databricks token": ("dapi",),
    "an Atlassian token": ("ATATT3",),
    "an Airtable token": ("pat",),
    "a Postman key": ("PMAK-",),
    "a Pulumi token": ("pul-",),
    "a 1Password token": ("ops_eyJ",),
    "a Linear key": ("lin_api_",),
    "a PlanetScale token": ("pscale_",),
    "a Doppler token": ("dp.",),
    "an Alibaba key": ("LTAI",),
    "a RubyGems key": ("rubygems_",),
    "a Figma token": ("figd_",),
    "a Heroku key": ("HRKU-",),
    "an AWS access key": ("AKIA", "ASIA", "ABIA", "ACCA"),
    "a GitHub token": ("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_"),
    "a GitLab token": ("gl",),
    "an API key": ("sk-",),
    "a Stripe key": ("k_live_", "k_test_", "whsec_"),
    "a Slack token": ("xox", "xapp-"),
    "a Google client secret": ("GOCSPX-", "ya29."),
    "a Hugging Face token": ("hf_", "api_org_"),
    "a private key": ("PRIVATE KEY", "PuTTY-User-Key-File"),
    "a Discord token": (".",),
    "a Discord webhook": ("/api/webhooks/",),
    "a DigitalOcean token": ("_v1_",),
    "an Azure client secret": ("Q~",),
    "an Azure key": ("Key=",),
    "an Azure signature": ("sig=",),
    "a Telegram token": (":A",),
    "a Mailchimp key": ("-us",),
    "a Square token": ("sq0", "EAAA"),
    "a Facebook token": ("EAA",),
    "a Grafana token": ("gls", "glc_"),
    "a New Relic key": ("NR",),
    "a Vault token": ("hv",),
    "a Terraform token": (".atlasv1.",),
    "a Docker token": ("dckr_",),
    "a Notion token": ("ntn_", "secret_"),
    "a Supabase token": ("sb",),
    "a Sentry token": ("sntry",),
    "a key of a language model": ("gsk_", "r8_", "pplx-", "xai-", "fw_", "nvapi-"),
    "a Shopify token": ("shp",),
    "a Fly token": ("fo1_", "FlyV1"),
}
# One pattern for all would lose which it was; so few texts hold any that each may look by itself.
_SHAPED = [
    (what, _MARKS[what], re.compile(rf"(?<![\w~-])(?:{pattern})")) for what, pattern in _SHAPES
]
# Before these something else may well stand, as in a connection string or an address.
_LOOSE = [
    (what, _MARKS[what], re.compile(pattern))
    for what, pattern in _SHAPES
    if what in {"an Azure key", "an Azure signature", "a private key"}
]
_SOUGHT = (*_SHAPED, *_LOOSE)
PRIVATE_KEY = next(pattern for what, _, pattern in _LOOSE if what == "a private key")
_ADDRESS = re.compile(
    r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}://[^\s/:@'\"]{0,200}:([^\s/@'\"]{1,200})@",
    re.IGNORECASE,
)
_SAMPLE = re.compile(r"(?i)x{4,}|example|your")
_NAME = re.compile(
    r"(?:[a-z0-9_]{0,60}_)?(?:(?P<word>password|passwd|passphrase|pass_?phrase|pwd|pw|secret"
    r"|client_secret|secret_key|consumer_secret|app_secret)"
    r"|token|[a-z0-9]{0,20}_?api_?key|apikey|access_key|private_key|auth_key|account_key"
    r"|encryption_key|fernet_key|signing_key|service_key|master_key|shared_key|credentials?"
    r"|authorization|auth_token|webhook_secret)(?:_\d{1,3}|\d{1,3})?"
)
_PLACEHOLDER = re.compile(
    r"(?i)[x*.#_-]+|[<>{}$%]"
    r"|(?:user|pass|password|passwd|pwd|secret|token|test|admin|root|guest|postgres|none|null)\d*"
    r"|\[.*\]"
)
_SAYS_SO = re.compile(
    r"(?i)change_?me|change_?this|replace|your|example|placeholder|dummy|fake|todo|redacted|insert"
    r"|xxxx|sample|\.\.\.|[<>{}$%]"
)
_PLAIN = re.compile(r"[A-Za-z_. -]+")
_PATH = re.compile(r"(?:\.{0,2}/|~|[a-z][a-z0-9+.-]{0,30}://)", re.IGNORECASE)
_SCHEME = re.compile(r"(?i)^(?:bearer|basic|token) +")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What a text says of itself: `API_KEY=…`, `X-API-Key: …`, `--password …`, `%set_env TOKEN …`.
_VALUE = (
    r"(?:b?(?P<q>[\"'])(?P<quoted>[^\"'\n]{1,200})(?P=q)"
    r"|(?:Bearer |Basic |token )?(?P<bare>[^\s\"',;)\]}]{1,200}))"
)
_SAID = re.compile(
    rf"(?<![\w-])-{{0,2}}(?P<name>[A-Za-z_][\w-]{{0,60}})[\"']?[ \t]{{0,4}}[=:][ \t]{{0,4}}{_VALUE}"
)
_OPTION = re.compile(rf"(?<!\S)(?:--|%(?:set_)?env[ ])(?P<name>[A-Za-z_][\w-]{{0,60}})[ ]{_VALUE}")
_LOGIN = re.compile(r"(?<!\S)(?:-u|--user)[ =]?[\"']?([^\s:\"']{1,60}):([^\s\"'@]{1,100})")
_MOST_CHARACTERS = 4096
# In so many characters of chance four digits may well follow each other.
_LONG_CHARACTERS = 32


def shaped(text: str) -> Iterator[tuple[Worded, int, int]]:
    """Find what its issuer made recognisable, and passwords in addresses: what it is, and where."""
    for what, marks, pattern in _SOUGHT:
        for mark in marks:
            if mark in text:
                break
        else:
            continue
        for match in pattern.finditer(text):
            if not _SAMPLE.search(match[0]):
                yield what, match.start(), match.end()
    for match in _ADDRESS.finditer(text) if "://" in text else ():
        if not is_placeholder(match[1]):
            yield say("an address with a password"), match.start(), match.end()


def said(text: str) -> Iterator[tuple[Worded, int, int]]:
    """Find secrets that a text gives names to: what it is, and where."""
    for match in (*_SAID.finditer(text), *_OPTION.finditer(text)):
        if is_secret(match["name"], match["quoted"] or match["bare"] or ""):
            yield say("the value of `{name}`", name=match["name"]), match.start(), match.end()
    for match in _LOGIN.finditer(text):
        if is_secret("password", match[2]):
            yield say("a password"), match.start(2), match.end(2)


def is_placeholder(value: str) -> bool:
    """Whether a text only stands where a secret would."""
    is_counted = "1234" in value and len(value) < _LONG_CHARACTERS
    return bool(is_counted or _PLACEHOLDER.fullmatch(value) or _SAYS_SO.search(value))


def is_secret(name: str, value: str) -> bool:
    """Whether a text under this name is likely to be a real secret."""
    plain = _HUMP.sub("_", name[:100]).replace("-", "_").lower()
    matched = _NAME.fullmatch(plain)
    value = _SCHEME.sub("", value[:_MOST_CHARACTERS])
    if matched is None or is_placeholder(value) or _PATH.match(value):
        return False
    if not value.isprintable() or value != value.strip():
        return False
    if matched["word"]:
        return _is_phrase(plain, value) or (
            " " not in value
            and len(value) >= 6
            and not _PLAIN.fullmatch(value)
            and entropy(value) >= 2.0
        )
    has_digit = any(each.isdigit() for each in value)
    return " " not in value and len(value) >= 16 and has_digit and entropy(value) >= 3.0


def _is_phrase(name: str, value: str) -> bool:
    """Whether a text of several words is a pass phrase rather than a sentence about one."""
    words = value.split(" ")
    if len(words) < 3 or not all(words):
        return False
    if "phrase" in name:
        return len(value) >= 12
    return len(words) >= 4 and all(each.islower() and each.isalpha() for each in words)


def entropy(text: str) -> float:
    """Give the entropy of a text by Shannon, in bits a character; 0 for an empty one."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
