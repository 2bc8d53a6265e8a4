/**
 * Files of a form.
 */
import { showErrorMessage } from '@jupyterlab/apputils';
import * as React from 'react';
import { acceptBrowserFiles, readFile, type IViewContext } from '../../../view';

/**
 * A file, or several, from the file dialog or dropped here, also from JupyterLab's file browser; what
 * is chosen stays so when the form is drawn again.
 */
export function FileInput(props: {
  readonly view: IViewContext;
  readonly id: string;
  readonly isMultiple: boolean;
  readonly files: readonly File[];
  readonly onFiles: (files: readonly File[]) => void;
}): JSX.Element {
  const { view, isMultiple, files, onFiles, ...rest } = props;
  const { contents, trans } = view;
  const area = React.useRef<HTMLDivElement>(null);
  const node = React.useRef<HTMLInputElement>(null);
  const [isOver, setOver] = React.useState(false);
  React.useEffect(() => {
    if (node.current) {
      const chosen = new DataTransfer();
      files.forEach(each => chosen.items.add(each));
      node.current.files = chosen.files;
    }
  }, [files]);
  const take = (dropped: readonly File[]): void => {
    if (dropped.length > 0) {
      onFiles(isMultiple ? [...files, ...dropped] : dropped.slice(0, 1));
    }
  };
  const onDrop = (event: React.DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  };
  // Reading takes a while, in which other files may have been chosen.
  const newest = React.useRef(take);
  newest.current = take;
  React.useEffect(() => {
    const drop = async (paths: readonly string[]): Promise<void> => {
      try {
        newest.current(await Promise.all(paths.map(path => readFile(contents, path))));
      } catch (error) {
        await showErrorMessage(trans.__('No file was added'), error as Error);
      }
    };
    return area.current
      ? acceptBrowserFiles(area.current, {
          over: setOver,
          drop: paths => void drop(paths)
        })
      : undefined;
  }, [contents, trans]);
  return (
    <div
      ref={area}
      className="nl-Files"
      data-over={isOver || undefined}
      onDragOver={event => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <input
        {...rest}
        ref={node}
        type="file"
        className="nl-Input"
        multiple={isMultiple}
        onChange={event => onFiles([...(event.target.files ?? [])])}
      />
      <span className="nl-Files-hint">
        {isMultiple ? trans.__('or drop files here') : trans.__('or drop a file here')}
      </span>
    </div>
  );
}
