"""What code imports without an import statement: by a function that takes the name, and what
libraries import for themselves only once a function of theirs is called."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from neutrino_lab.export.known_texts import UNKNOWN, Texts
from neutrino_lab.export.texts import gather, texts_of
from neutrino_lab.notebook.lines import Lines
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.syntax import last_name, parse_or_empty, walk
from neutrino_lab.notebook.wording import Worded, say

_PLOTS = ("matplotlib",)
_ARROW = ("pyarrow",)

Modules: TypeAlias = tuple[str, ...]

# By library, what a function of it imports when it is called: any one of these, the usual one
# first. From the libraries' own tables: pandas "Installing optional dependencies", polars
# "Optional dependencies", and the install pages of the others.
NEEDS: Mapping[str, Mapping[str, Modules]] = {
    "pandas": {
        "read_excel": ("openpyxl", "python_calamine", "xlrd"),
        "ExcelFile": ("openpyxl", "python_calamine", "xlrd"),
        "to_excel": ("openpyxl", "xlsxwriter"),
        "ExcelWriter": ("openpyxl", "xlsxwriter"),
        **dict.fromkeys(("read_parquet", "to_parquet"), ("pyarrow", "fastparquet")),
        **dict.fromkeys(("read_feather", "to_feather", "read_orc", "to_orc"), _ARROW),
        "read_html": ("lxml", "html5lib"),
        **dict.fromkeys(("read_xml", "to_xml"), ("lxml",)),
        **dict.fromkeys(("read_hdf", "to_hdf", "HDFStore"), ("tables",)),
        "read_spss": ("pyreadstat",),
        **dict.fromkeys(("read_gbq", "to_gbq"), ("pandas_gbq",)),
        "to_markdown": ("tabulate",),
        **dict.fromkeys(("style", "to_latex"), ("jinja2",)),
        "to_xarray": ("xarray",),
        **dict.fromkeys(("plot", "hist", "boxplot", "scatter_matrix"), _PLOTS),
    },
    "polars": {
        "read_excel": ("fastexcel",),
        "write_excel": ("xlsxwriter",),
        "to_pandas": _ARROW,
        "to_arrow": _ARROW,
        "plot": ("altair",),
        "read_delta": ("deltalake",),
    },
    "geopandas": {
        "plot": _PLOTS,
        "explore": ("folium",),
        **dict.fromkeys(("read_parquet", "to_parquet", "read_feather", "to_feather"), _ARROW),
    },
    "sklearn": {
        **dict.fromkeys(("from_estimator", "from_predictions", "plot_tree"), _PLOTS),
        "fetch_openml": ("pandas",),
    },
    "networkx": dict.fromkeys(
        (
            *("draw", "draw_networkx", "draw_circular", "draw_kamada_kawai", "draw_random"),
            *("draw_shell", "draw_spectral", "draw_spring", "draw_planar"),
        ),
        _PLOTS,
    ),
    **{
        boosted: dict.fromkeys(("plot_importance", "plot_tree", "plot_metric"), _PLOTS)
        for boosted in ("xgboost", "lightgbm")
    },
    "transformers": dict.fromkeys(("pipeline", "from_pretrained"), ("torch", "tensorflow", "jax")),
    "xarray": {
        "open_dataset": ("netCDF4", "h5netcdf", "scipy"),
        "to_netcdf": ("netCDF4", "h5netcdf", "scipy"),
        **dict.fromkeys(("open_zarr", "to_zarr"), ("zarr",)),
        "plot": _PLOTS,
    },
    "plotly": dict.fromkeys(("write_image", "to_image"), ("kaleido",)),
    "pydantic": {"EmailStr": ("email_validator",)},
    "fastapi": {"Jinja2Templates": ("jinja2",)},
}
# What an argument asks for, by its name and text, whatever is called.
_ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "engine": {
        **{name: name for name in ("openpyxl", "xlrd", "pyxlsb", "xlsxwriter", "pyarrow")},
        **{name: name for name in ("fastparquet", "numba", "h5netcdf", "zarr", "fastexcel")},
        **{"odf": "odf", "calamine": "python_calamine", "netcdf4": "netCDF4"},
    },
    "dtype_backend": {"pyarrow": "pyarrow"},
    "flavor": {"lxml": "lxml", "html5lib": "html5lib", "bs4": "bs4"},
    "features": {"lxml": "lxml", "xml": "lxml", "html5lib": "html5lib"},
    "backend": {"plotly": "plotly", "loky": "joblib"},
}
_BY_ENDING = {".xls": "xlrd", ".xlsb": "pyxlsb", ".ods": "odf"}
_BY_SCHEME = {
    **{"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"},
    **{"hf": "huggingface_hub", "sftp": "paramiko"},
}
_DATABASES = {
    **{"postgresql": "psycopg2", "mysql": "MySQLdb", "oracle": "cx_Oracle", "mssql": "pyodbc"},
    **{"snowflake": "snowflake.sqlalchemy", "bigquery": "sqlalchemy_bigquery"},
    **{"duckdb": "duckdb_engine", "redshift": "sqlalchemy_redshift"},
}
_DRIVERS = {"mysqldb": "MySQLdb", "oracledb": "oracledb", "psycopg": "psycopg"}
_URL = re.compile(r"([a-z][a-z0-9]*)(?:\+([a-z0-9_]+))?://")
_SPACY_MODEL = re.compile(r"\w{1,100}_core_\w{1,100}")
_IMPORTERS = frozenset({"import_module", "__import__"})
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Hidden:
    """One import that no statement says: any of `modules`, the usual one first. `asked_by` is who
    does it, in words. No `modules`: which one is only known when the code runs."""

    modules: Modules
    asked_by: Worded
    span: Span


def libraries(tops: Collection[str]) -> frozenset[str]:
    """Those of some modules that import others later on."""
    return frozenset(tops) & {*NEEDS, "sqlalchemy", "spacy", "bs4", "fsspec", "httpx"}


def of_code(code: str, used: frozenset[str]) -> Iterator[Hidden]:
    """Find the hidden imports of some code; `used` are the `libraries` that it, or a cell before
    it, imports."""
    is_importing = any(name in code for name in _IMPORTERS)
    if not used and not is_importing:
        return
    tree, lines = parse_or_empty(code), Lines(code)
    known = gather([tree])
    told: set[tuple[Modules, Worded]] = set()
    for node in walk(tree):
        for modules, asked_by in _of_node(node, used, known):
            if (modules, asked_by) not in told:
                told.add((modules, asked_by))
                yield Hidden(modules, asked_by, lines.span(node))  # type: ignore[arg-type]


def _of_node(node: ast.AST, used: frozenset[str], known: Texts) -> Iterator[tuple[Modules, Worded]]:
    match node:
        case ast.Call():
            yield from _of_call(node, used, known)
        case ast.Attribute(attr=("style" | "plot") as name) if "pandas" in used:
            yield NEEDS["pandas"][name], say("`{name}` of {library}", name=name, library="pandas")
        case ast.ImportFrom(module=str(module), names=names):
            needs = NEEDS.get(module.partition(".")[0], {})
            for each in names:
                if each.name in needs and each.name[0].isupper():
                    yield (
                        needs[each.name],
                        say("`{name}` of {library}", name=each.name, library=module),
                    )
        case ast.Constant(value=str(text)) if used and "://" in text[:12]:
            scheme = text.partition("://")[0]
            if scheme in _BY_SCHEME and used & {"pandas", "polars", "fsspec", "geopandas"}:
                yield (
                    (_BY_SCHEME[scheme],),
                    say("an address with `{scheme}`", scheme=f"{scheme}://"),
                )


def _of_call(
    node: ast.Call, used: frozenset[str], known: Texts
) -> Iterator[tuple[Modules, Worded]]:
    called = last_name(node.func)
    first = texts_of(node.args[0], known) if node.args else ()
    if called in _IMPORTERS and node.args:
        names = [text for text in first if _MODULE.fullmatch(text)]
        yield from (((name,), say("`{name}`", name=called)) for name in names)
        if UNKNOWN in "".join(first) and not names:
            yield (), say("`{name}`", name=called)
        return
    if not used:
        return
    said = [*_by_arguments(node, known)]
    for library in sorted(used):
        modules = NEEDS.get(library, {}).get(called)
        if modules and not said:
            ending = next((_BY_ENDING[e] for e in _BY_ENDING for t in first if t.endswith(e)), "")
            by_ending = ending and modules[0] == "openpyxl"
            yield (
                ((ending,) if by_ending else modules),
                say("`{name}` of {library}", name=called, library=library),
            )
    yield from (
        ((module,), say("`{argument}` of `{name}`", argument=argument, name=called))
        for argument, module in said
    )
    if called in {"create_engine", "create_async_engine"} and "sqlalchemy" in used:
        yield from ((module, say("the address of a database")) for module in _of_database(first))
    if called == "BeautifulSoup" and len(node.args) > 1:
        parsers = _ARGUMENTS["features"]
        texts = texts_of(node.args[1], known)
        yield from (((parsers[t],), say("`{name}`", name=called)) for t in texts if t in parsers)
    if called == "load" and "spacy" in used and isinstance(node.func, ast.Attribute):
        yield from (
            ((t,), say("`{name}` of {library}", name=called, library="spacy"))
            for t in first
            if _SPACY_MODEL.fullmatch(t)
        )


def _by_arguments(node: ast.Call, known: Texts) -> Iterator[tuple[str, str]]:
    for each in node.keywords:
        modules = _ARGUMENTS.get(each.arg or "", {})
        for text in texts_of(each.value, known) if modules else ():
            if text in modules:
                yield f"{each.arg}={text!r}", modules[text]


def _of_database(texts: Collection[str]) -> Iterator[Modules]:
    for text in texts:
        found = _URL.match(text)
        if found and found[2]:
            yield (_DRIVERS.get(found[2], found[2]),)
        elif found and found[1] in _DATABASES:
            yield (_DATABASES[found[1]],)
