/// The page's one stylesheet. No font, image or sheet comes from elsewhere.
enum PageStyle {
    static let source: StaticString = #"""

        :root {
          color-scheme: light dark;
          --page: #fcfcfb; --panel: #f3f4f3; --line: #dfe2e1; --text: #1c2124; --muted: #58626a;
          --accent: #0a5a66; --on-accent: #ffffff; --warning: #8a3d00;
          --bar-data: #dbe1e1; --bar-whole: #7d9296; --bar-update: #0a5a66;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #15181a; --panel: #1e2326; --line: #30373b; --text: #e4e8e9; --muted: #9ba8ae;
            --accent: #74c9d6; --on-accent: #0d1f22; --warning: #f0ab6b;
            --bar-data: #333c40; --bar-whole: #71868c; --bar-update: #74c9d6;
          }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html { font: 100%/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif; }
        body {
          max-width: 66rem; margin: 0 auto; padding: 2.5rem 1.5rem 3rem; background: var(--page); color: var(--text);
          font-variant-numeric: tabular-nums;
        }
        code, .id { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        code { font-size: .875em; }
        a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
        h1, h2, h3, h4, p, pre, dl, dd, ol, figure { margin: 0; padding: 0; }
        h1 { font-size: 1.625rem; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; }
        h2 { font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
        h3, .columns, .label, dt { font-size: .8125rem; font-weight: 400; color: var(--muted); }
        h3 { font-weight: 600; margin-bottom: .4rem; }
        h4 { font-size: .9375rem; font-weight: 600; }
        time { white-space: nowrap; }
        button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }

        .lead { margin: .35rem 0 1.25rem; color: var(--muted); }
        .command { display: flex; align-items: stretch; background: var(--panel); border-radius: 6px; }
        .command pre { flex: 1; min-width: 0; overflow-x: auto; padding: .6rem .85rem; }
        .copy { flex: none; align-self: center; color: var(--accent); font-size: .8125rem; padding: .2rem .35rem; }
        .command .copy { padding: .45rem .85rem; }
        .copy:hover { text-decoration: underline; }

        .tools { display: flex; align-items: center; gap: 1rem; margin: 1.75rem 0 1rem; }
        .tools input {
          flex: 1; min-width: 0; font: inherit; color: inherit; background: var(--page);
          border: 1px solid var(--muted); border-radius: 6px; padding: .45rem .75rem;
        }
        ::placeholder { color: var(--muted); opacity: 1; }
        .tools [role=status] { flex: none; color: var(--muted); font-size: .875rem; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

        .columns, summary {
          display: grid; align-items: baseline; column-gap: 1rem;
          grid-template-columns: 1rem minmax(0, 1fr) 4rem 5.5rem 5.5rem 5.5rem 8rem;
        }
        .columns { padding: .35rem .5rem; }
        .columns > :first-child { grid-column: 2; }
        .columns > :nth-child(n+3), .fact:nth-child(n+2) { text-align: right; }
        .columns button { color: var(--muted); }
        .columns button:hover { color: var(--text); }
        .columns [aria-pressed=true] { color: var(--text); font-weight: 600; }
        .columns [aria-pressed=true]::after { content: " \2193"; }
        .columns .rising[aria-pressed=true]::after { content: " \2191"; }

        details { border-top: 1px solid var(--line); }
        #_images { border-bottom: 1px solid var(--line); }
        summary { padding: .7rem .5rem; cursor: pointer; list-style: none; border-radius: 4px; }
        summary::-webkit-details-marker { display: none; }
        summary::before {
          content: ""; width: .4rem; height: .4rem; border: solid var(--muted); border-width: 0 1.5px 1.5px 0;
          transform: translateY(-.1rem) rotate(-45deg); justify-self: center;
        }
        [open] > summary::before { transform: translateY(-.2rem) rotate(45deg); }
        summary:hover { background: var(--panel); }
        .name { min-width: 0; }
        .name .message {
          display: block; color: var(--muted); font-size: .875rem; overflow: hidden; text-overflow: ellipsis;
          white-space: nowrap;
        }
        .facts { display: contents; }
        .fact { font-size: .875rem; white-space: nowrap; }
        .none { color: var(--muted); }

        .body {
          display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 1.5rem 3rem;
          padding: .35rem .5rem 2rem 2.5rem;
        }
        .fetch { grid-column: 1 / -1; }
        .fetch.withdrawn h3 { color: var(--warning); }
        .fetch.withdrawn .message { margin-top: 0; font-size: 1rem; color: var(--text); overflow-wrap: anywhere; }
        .fetch p, .older { margin-top: .5rem; font-size: .875rem; color: var(--muted); }
        .versions { list-style: none; border-left: 1px solid var(--line); }
        .versions li { position: relative; padding: 0 0 1.25rem 1.25rem; }
        .versions li:last-child { padding-bottom: 0; }
        .versions li::before {
          content: ""; position: absolute; left: -4.5px; top: .5rem; width: 8px; height: 8px; border-radius: 50%;
          background: var(--page); border: 1.5px solid var(--muted);
        }
        .versions .current::before { background: var(--accent); border-color: var(--accent); }
        .head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; }
        .head time { font-size: .875rem; color: var(--muted); }
        .badge { font-size: .75rem; font-weight: 600; color: var(--on-accent); background: var(--accent); border-radius: 3px; padding: 0 .4rem; }
        .badge.unsafe { color: var(--page); background: var(--warning); }
        .versions .message { margin: .15rem 0 .3rem; white-space: pre-line; overflow-wrap: anywhere; }
        .versions .earlier { color: var(--muted); font-size: .875rem; }
        .versions dl { display: flex; flex-wrap: wrap; gap: 0 1.25rem; font-size: .875rem; }
        .versions dl div { display: flex; gap: .4rem; align-items: baseline; min-width: 0; }
        .versions dt { flex: none; }
        .versions dd { min-width: 0; overflow-wrap: anywhere; }

        .chart svg { display: block; max-width: 100%; height: auto; overflow: visible; }
        .chart figcaption { margin-top: .6rem; font-size: .8125rem; color: var(--muted); line-height: 1.6; }
        .chart figcaption span { display: block; }
        .chart figcaption span::before {
          content: ""; display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .45rem;
        }
        .key-data::before, .data { background: var(--bar-data); fill: var(--bar-data); }
        .key-whole::before, .whole { background: var(--bar-whole); fill: var(--bar-whole); }
        .key-update::before, .update { background: var(--bar-update); fill: var(--bar-update); }
        .base { stroke: var(--muted); stroke-width: 1; }

        footer { margin-top: 1.5rem; font-size: .8125rem; color: var(--muted); }
        footer p + p { margin-top: .15rem; }

        @media (max-width: 46rem) {
          body { padding: 1.5rem 1rem 2rem; }
          .tools { flex-wrap: wrap; gap: .4rem 1rem; margin-bottom: .75rem; }
          .tools input { flex-basis: 100%; }
          .columns { display: none; }
          .js .columns { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0 0 .4rem; }
          .columns button { padding: .3rem 0; }
          summary { grid-template-columns: 1rem minmax(0, 1fr); column-gap: .6rem; padding: .75rem 0; }
          .facts { display: flex; grid-column: 2; flex-wrap: wrap; gap: 0 1rem; margin-top: .25rem; }
          .fact { text-align: left; }
          .fact .label { position: static; width: auto; height: auto; clip-path: none; }
          .name .message { white-space: normal; }
          .body { grid-template-columns: minmax(0, 1fr); padding: 0 0 1.5rem 1.6rem; }
          .chart { order: 1; }
        }
        @media print {
          .tools, .columns, .copy { display: none; }
          body { max-width: none; padding: 0; }
        }

        """#
}
