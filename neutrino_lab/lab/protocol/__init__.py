"""What the front end and the server say to each other: `src/protocol/` is generated from here.

| call | answer |
| --- | --- |
| POST neutrino/api/analyses            AnalysisRequest | Analysis |
| POST neutrino/api/completions         PositionRequest | Completions |
| POST neutrino/api/hovers              PositionRequest | Hover |
| POST neutrino/api/declarations        DeclareRequest  | Fix |
| GET neutrino/api/snippets                             | Snippets |
| GET neutrino/api/quickstart?name=NAME                 | a notebook to begin from, in nbformat 4 |
| GET neutrino/api/served                               | list[Served] |
| POST neutrino/api/served              ServeRequest    | Served (201; 200 where it is served) |
| GET neutrino/api/served/ID                            | Served |
| DELETE neutrino/api/served/ID                         | 204 |
| POST neutrino/api/served/ID/restart                   | 204: a new process serves it |
| GET neutrino/api/served/ID/journal?key=KEY&since=CURSOR | Journal |
| POST neutrino/api/served/ID/schedules ScheduleRequest | 204 |
| GET neutrino/api/served/ID/streams?key=KEY&parameters=JSON | StreamReport of one of its flows |
| POST neutrino/api/served/ID/streams   StreamRequest   | Replayed |
| POST neutrino/api/drafts              DraftRequest    | DraftStarted (201) |
| POST neutrino/api/drafts/preview      DraftRequest    | DraftPreview |
| GET neutrino/api/drafts/ID                            | events; the last is a DraftCandidate |
| DELETE neutrino/api/drafts/ID                         | 204: stops it, and forgets it |
| POST neutrino/api/drafts/ID/accept                    | DraftAccepted |
| GET neutrino/api/served/ID/port                       | OwnPort |
| POST neutrino/api/kernel-code         KernelRequest   | KernelCode, then KernelAnswer |
| POST neutrino/api/plans               ExportRequest   | ExportPlan |
| POST neutrino/api/checks              ExportRequest   | Check |
| POST neutrino/api/judgements          JudgeRequest    | Judgement |
| POST neutrino/api/exports             ExportRequest   | Export |
| DELETE neutrino/api/exports/ID                        | 204: cancels a plan, check or export |
| any neutrino/live/ID/...                              | what the user's app answers |
| GET neutrino/docs/ID                                  | the API page of a served app |
| WebSocket api/jupyter/kernel/events                   | SessionsEvent, on each change |
| POST api/jupyter/kernel/ID/interrupt, .../restart     | SessionAnswer |
| DELETE api/jupyter/kernel/ID                          | 204: ends a session |

Errors are `Problem` with an HTTP status of 4xx or 5xx. What changes by itself arrives through
Jupyter's event stream as `ServedEvent` under SCHEMA_ID.
"""

SCHEMA_ID = "https://neutrino-lab.dev/events/served/v1"
# The app's own status, where a page would not be shown it: that of a redirect to a call by name.
STATUS_HEADER = "X-Neutrino-Status"
