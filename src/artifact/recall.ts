/**
 * Shows what a session has run and an artifact does not, as after the page was loaded again.
 */
import type { IExecutionApi } from '../api';
import type { Artifact } from './artifact';
import type { ArtifactCell, EventData } from './cell';

/** All cells that a session has run; null where there is no such session any more. */
export async function cellsOf(
  api: Pick<IExecutionApi, 'listen'>,
  sessionId: string
): Promise<readonly EventData[] | null> {
  let resolve: (cells: readonly EventData[] | null) => void = () => undefined;
  const told = new Promise<readonly EventData[] | null>(done => (resolve = done));
  const connection = api.listen(sessionId, {
    told: ({ type, data }) => {
      if (type === 'session') {
        resolve(Array.isArray(data.cells) ? (data.cells as EventData[]) : []);
      }
    },
    closed: () => resolve(null)
  });
  try {
    return await told;
  } finally {
    connection.dispose();
  }
}

/** Show those that are not shown, each behind the one that was run before it. */
export function recall(artifact: Artifact, cells: readonly EventData[], nowMs: number): void {
  let before: ArtifactCell | null = null;
  for (const told of cells) {
    const id = String(told.execution_id);
    const known = artifact.cells.find(each => each.executionId === id);
    const cell: ArtifactCell = known ?? artifact.add(String(told.code), 'running', before);
    if (!known) {
      cell.begin(nowMs);
      cell.executionId = id;
      cell.finish(told);
    }
    before = cell;
  }
}
