"""The example notebooks are valid, compile without a word, and do what their text says."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
import uvicorn
import websockets.sync.client

from neutrino_lab import scaffold
from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from neutrino_lab.runtime import create_app
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.program import Program
from neutrino_lab.runtime.spec import Schedule

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))


@dataclass(frozen=True)
class Client:
    """Asks a server of this process over real sockets."""

    http: httpx.Client
    address: str

    @contextmanager
    def socket(self, path: str) -> Iterator[Socket]:
        url = f"ws://{self.address}{path}"
        with websockets.sync.client.connect(url, proxy=None) as connection:
            yield Socket(connection)


@dataclass(frozen=True)
class Socket:
    connection: websockets.sync.client.ClientConnection

    def send(self, message: Any) -> None:
        self.connection.send(message if isinstance(message, str) else json.dumps(message))

    def receive(self) -> Any:
        return json.loads(self.connection.recv(timeout=10))


def compiled(path: Path) -> tuple[Compilation, Notebook]:
    project = find(path)
    (notebook,) = [read(s.path, s.relative, s.module) for s in project.sources]
    assert isinstance(notebook, Notebook)
    return Compiler().compile(project.title, [notebook]), notebook


@contextmanager
def served(path: Path) -> Iterator[Client]:
    """Serve a notebook in a thread of this process."""
    compilation, notebook = compiled(path)
    program = Program()
    cells = [CodeCell(c.number, c.code, c.id, f"cell {c.number}") for c in notebook.cells]
    program.update(compilation.app, {notebook.module: cells})
    listener = socket.create_server(("127.0.0.1", 0))
    address = "127.0.0.1:{1}".format(*listener.getsockname())
    server = uvicorn.Server(uvicorn.Config(create_app(compilation.app, program).asgi))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        # The listener queues requests until the server is up.
        with httpx.Client(base_url=f"http://{address}", timeout=20, trust_env=False) as http:
            yield Client(http, address)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def test_there_are_the_examples_that_the_readme_names() -> None:
    assert NAMES == [
        "chat_room.ipynb",
        "live_stream.ipynb",
        "quickstart.ipynb",
        "scheduled_work.ipynb",
        "sklearn_model.ipynb",
        "stock_stream.ipynb",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_clean_notebook(name: str) -> None:
    path = EXAMPLES / name
    book = nbformat.read(path, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    assert book.metadata.kernelspec.name == "python3"
    for cell in book.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", NAMES)
def test_an_example_compiles_without_a_word(name: str) -> None:
    assert compiled(EXAMPLES / name)[0].diagnostics == ()


def test_quickstart() -> None:
    with served(EXAMPLES / "quickstart.ipynb") as client:
        assert client.http.get("/api/hello").json() == {"message": "Hello, world!"}
        assert client.http.get("/api/hello?name=Ada").json() == {"message": "Hello, Ada!"}
        values = {"values": [2, 4, 4, 4, 5, 5, 7, 9]}
        assert client.http.post("/api/summary", json=values).json() == {
            "count": 8,
            "mean": 5.0,
            "median": 4.5,
            "deviation": 2.0,
        }
        assert client.http.post("/api/summary", json={"values": ["four"]}).status_code == 422
        nothing = client.http.post("/api/summary", json={"values": []})
        assert nothing.status_code == 400
        assert "Send at least one value." in nothing.text
        wave = client.http.get("/api/wave.svg?waves=5&color=tomato&label=a<b")
        assert wave.headers["content-type"].startswith("image/svg+xml")
        assert wave.text.startswith("<svg ")
        assert 'stroke="tomato"' in wave.text
        assert "a&lt;b" in wave.text
        assert client.http.get("/api/wave.svg?color=plaid").status_code == 422
        assert client.http.get("/api/beats").json() == {"count": 0, "last": []}
        with client.socket("/ws/shout") as socket:
            socket.send("hello, you")
            assert socket.receive() == {"text": "HELLO, YOU", "letters": 8}


def test_sklearn_model() -> None:
    setosa = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
    with served(EXAMPLES / "sklearn_model.ipynb") as client:
        answer = client.http.post("/api/predict", json={"flower": setosa}).json()
        assert answer["species"] == "setosa"
        assert answer["probability"] > 0.9
        assert sorted(answer["probabilities"]) == ["setosa", "versicolor", "virginica"]
        many = client.http.post("/api/predict/many", json={"flowers": [setosa, setosa]}).json()
        assert many == {"classes": [0, 0], "species": ["setosa", "setosa"]}
        negative = client.http.post("/api/predict", json={"flower": {**setosa, "petal_length": -3}})
        assert negative.status_code == 422
        assert negative.json()["detail"][0]["loc"] == ["body", "flower", "petal_length"]
        unlike = client.http.post("/api/predict", json={"flower": {**setosa, "petal_length": 29}})
        assert unlike.status_code == 409
        assert "No iris like this one" in unlike.text
        for path in ("/api/confusion.png", "/api/petals.png?size=20"):
            picture = client.http.get(path)
            assert picture.headers["content-type"] == "image/png"
            assert picture.content.startswith(b"\x89PNG")
        about = client.http.get("/api/model").json()
        assert about["trained_on"] == 105
        assert about["accuracy"] > 0.9


def test_chat_room() -> None:
    with served(EXAMPLES / "chat_room.ipynb") as client:
        page = client.http.get("/chat")
        assert page.headers["content-type"].startswith("text/html")
        assert page.text.startswith("<!doctype html>")
        with (
            client.socket("/ws/rooms/lobby?name=Ada") as ada,
            client.socket("/ws/rooms/lobby?name=Bob") as bob,
            client.socket("/ws/rooms/attic") as eve,
        ):
            ada.send({"txt": "a slip"})
            assert "error" in ada.receive()
            ada.send({"text": "hello"})
            for socket in (ada, bob):
                line = socket.receive()
                assert (line["name"], line["text"]) == ("Ada", "hello")
            eve.send({"text": "anybody?"})
            assert eve.receive()["name"] == "somebody"
        history = client.http.get("/api/rooms/lobby/history").json()
        assert [(line["name"], line["text"]) for line in history] == [("Ada", "hello")]
        assert client.http.get("/api/rooms/nowhere/history").json() == []


def test_live_stream() -> None:
    with served(EXAMPLES / "live_stream.ipynb") as client:
        with client.socket("/ws/walk") as socket:
            socket.send({"drift": 50, "pause": 0.01})
            steps = [socket.receive() for _ in range(1)]
            while steps[-1]["drift"] != 50:
                steps.append(socket.receive())
            socket.send({"drift": "up"})
            while "error" not in (frame := socket.receive()):
                assert frame["drift"] == 50
        ticks = client.http.get("/api/ticks?count=3&pause=0.01")
        assert ticks.headers["content-type"].startswith("text/event-stream")
        assert ticks.text.count("data: {") == 3
        table = client.http.get("/api/readings.csv?rows=3")
        assert table.headers["content-type"].startswith("text/csv")
        assert [line.partition(",")[0] for line in table.text.splitlines()] == ["row", *"012"]
        assert "EventSource" in client.http.get("/live").text


def test_stock_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUTRINO_STATE_FOLDER", str(tmp_path))
    with served(EXAMPLES / "stock_stream.ipynb") as client:
        with (
            client.socket("/stocks/NVDA") as prices,
            client.socket("/stocks/NVDA/average") as averages,
        ):
            means = [averages.receive() for _ in range(6)]
            seen = [prices.receive()]
            while seen[-1]["at"] < means[-1]["at"]:
                seen.append(prices.receive())
            last = [each["value"] for each in seen][-5:]
            assert means[-1]["value"] == pytest.approx(sum(last) / 5, abs=1e-3)
        assert client.http.get("/stocks/NVDA/average/state").json()["params"] == {"window_size": 5}
        assert client.http.get("/stocks/NVDA/latest").json()["op"] == "price@1"
        assert "stocks/" in client.http.get("/chart").text


def test_scheduled_work() -> None:
    with served(EXAMPLES / "scheduled_work.ipynb") as client:
        assert client.http.get("/api/samples").json() == []
        report = client.http.post("/api/reports").json()
        assert report["samples"] == 1
        assert report["highest"] == report["mean"]
        assert client.http.get("/api/reports").json() == [report]
        (sample,) = client.http.get("/api/samples").json()
        assert sample["percent"] == report["mean"]


def test_scheduled_work_says_when() -> None:
    schedules = compiled(EXAMPLES / "scheduled_work.ipynb")[0].app.of(Schedule)
    assert [(s.name, s.interval or s.cron, s.timezone) for s in schedules] == [
        ("take_sample", "30s", ""),
        ("morning_report", "0 30 8 * * 1-5", "Europe/Paris"),
        ("", "0 0 3 * * *", ""),
    ]


def test_the_notebook_of_init(tmp_path: Path) -> None:
    (path, _) = scaffold.create(tmp_path)
    with served(path) as client:
        assert client.http.get("/hello").json() == {"message": "Hello, world!"}
        assert client.http.get("/hello?name=Ada").json() == {"message": "Hello, Ada!"}
        assert client.http.post("/readings", json={"value": "21.5"}).json() == {"kept": 1}
        refused = client.http.post("/readings", json={"value": "warm"})
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["body", "value"]
        with client.socket("/ws/latest") as socket:
            socket.send("cellar")
            assert socket.receive() == {}
            socket.send("kitchen")
            assert socket.receive()["value"] == 21.5
