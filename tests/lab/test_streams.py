"""What the author of a stream is told of it through the Jupyter server, and does to it."""

from __future__ import annotations

from typing import Any

from tests.jupyter import Lab, Response

STREAM = '''"""
@STREAM /twice
source: every:20ms
params: factor:int=2
"""
COUNT = 0

def twice(params: dict):
    global COUNT
    COUNT += 1
    if COUNT == 2:
        raise ValueError("the second")
    return params["factor"] * 5
'''


async def report(lab: Lab, id_: str) -> Any:
    answer = await lab.ask("GET", f"neutrino/api/served/{id_}/streams?key=STREAM%20twice")
    assert answer.status == 200, answer.text
    return answer.json


async def act(lab: Lab, id_: str, action: str, **details: Any) -> Response:
    body = {"key": "STREAM twice", "action": action, **details}
    return await lab.ask("POST", f"neutrino/api/served/{id_}/streams", body=body)


async def test_a_stream_is_told_of_and_changed_while_it_runs(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", STREAM)
    told = await report(lab, id_)
    while told["emitted"] < 3:
        told = await report(lab, id_)
    assert (told["op"], told["status"], told["failed"]) == ("twice@1", "live", 1)
    assert {value for _, value, _ in told["values_out"]} == {10}
    [error] = told["errors"]
    assert (error["message"], error["cell"], error["line"]) == ("the second", 1, 12)

    assert (await act(lab, id_, "params", params={"factor": 3})).json == {"rows": []}
    while told["values_out"][-1][1] != 15:
        told = await report(lab, id_)
    assert told["params"] == [{"name": "factor", "type": "int", "value": 3}]
    refused = await act(lab, id_, "params", params={"factor": "x"})
    assert (refused.status, refused.json["code"]) == (400, "malformed")
    assert "`factor` is 'x'" in refused.json["message"]
    refused = await act(lab, id_, "roll_back", version=9)
    assert "no version 9" in refused.json["message"]

    assert (await act(lab, id_, "pause")).status == 200
    assert (await report(lab, id_))["status"] == "paused"
    assert (await act(lab, id_, "resume")).status == 200
    assert (await report(lab, id_))["status"] == "live"
    unknown = await lab.ask("GET", f"neutrino/api/served/{id_}/streams?key=STREAM%20no")
    assert (unknown.status, unknown.json["code"]) == (404, "unknown")
    odd = await lab.ask(
        "GET", f"neutrino/api/served/{id_}/streams?key=STREAM%20twice&parameters=[]"
    )
    assert odd.status == 400
