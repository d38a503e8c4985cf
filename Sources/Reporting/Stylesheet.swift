/// The look of a page: light and dark by the reader's preference, one column on narrow screens.
enum Stylesheet {
  static let text = [colours, layout, prose, tables, pictures, charts, strokes, narrow].joined(
    separator: "\n")

  /// What a drawing that stands alone needs.
  static let drawing = [colours, strokes].joined(separator: "\n")

  /// Eight series colours of similar lightness; the first five differ for most colour-blind readers too.
  static let colours = """
    :root {
      color-scheme: light dark;
      --paper: #fdfcfa; --ink: #211e28; --muted: #6a6572; --rule: #e0dbd3; --panel: #f6f3ee;
      --accent: #5c2d91; --accent-soft: #f0e9f8; --best: #5c2d91; --warning: #a65300; --warning-soft: #fdf1e0;
      --shade: #211e2830;
      --series-1: #5c2d91; --series-2: #0f8a7b; --series-3: #c97a00; --series-4: #2a6fbb;
      --series-5: #c13a52; --series-6: #5f7d1f; --series-7: #b13f9a; --series-8: #6b7280;
      --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
      --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, "Noto Serif", "Liberation Serif", Georgia,
        serif;
      --mono: ui-monospace, "SF Mono", "Cascadia Code", "Source Code Pro", Menlo, "Liberation Mono",
        monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #16141b; --ink: #e8e5ee; --muted: #a49eaf; --rule: #37323f; --panel: #1f1c26;
        --accent: #c8a7f2; --accent-soft: #2b2338; --best: #d9c2f7; --warning: #f0b066;
        --warning-soft: #33271a; --shade: #00000090;
        --series-1: #c39bf3; --series-2: #41c4b0; --series-3: #f0ab3c; --series-4: #74aef0;
        --series-5: #f28095; --series-6: #a9c75c; --series-7: #ea8fd4; --series-8: #a7adb8;
      }
    }
    """

  private static let layout = """
    *, *::before, *::after { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 400 1.0625rem/1.6 var(--serif); font-kerning: normal; text-rendering: optimizeLegibility;
    }
    body::before {
      content: ""; display: block; height: 6px;
      background: linear-gradient(90deg, #fde725, #b0dd2f, #46c06f, #21a585, #23898e, #2e6d8e, #433d84,
        #440154);
    }
    header.top, .layout, footer { max-width: 87rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 3rem); }
    header.top { padding-top: clamp(1.75rem, 5vw, 3.5rem); padding-bottom: 1rem; }
    .layout { display: grid; grid-template-columns: 10rem minmax(0, 1fr); column-gap: 3rem; }
    nav { font: 500 0.875rem/1.35 var(--sans); }
    nav ol { position: sticky; top: 1.5rem; list-style: none; margin: 2.6rem 0 0; padding: 0; }
    nav ol > li { border-left: 2px solid var(--rule); margin: 0; }
    nav a { display: block; padding: 0.3rem 0 0.3rem 0.85rem; color: var(--muted); text-decoration: none; }
    nav a:hover { color: var(--accent); }
    nav a:focus-visible, summary:focus-visible, .scroll:focus-visible, pre:focus-visible {
      outline: 2px solid var(--accent); outline-offset: 2px;
    }
    section { margin: 0 0 3.5rem; }
    footer {
      padding-top: 1.25rem; padding-bottom: 3rem; color: var(--muted); font: 0.875rem/1.5 var(--sans);
    }
    """

  private static let prose = """
    h1, h2, h3 { font-family: var(--sans); line-height: 1.2; text-wrap: balance; }
    h1 {
      font-size: clamp(1.75rem, 1.2rem + 2.4vw, 2.75rem); font-weight: 750; letter-spacing: -0.022em;
      margin: 0;
    }
    h2 { font-size: 1.5rem; font-weight: 700; letter-spacing: -0.012em; margin: 2.5rem 0 0.9rem; }
    h3 { font-size: 1.0625rem; font-weight: 650; margin: 2rem 0 0.5rem; }
    p, ul { max-width: 42rem; margin: 0 0 1rem; text-wrap: pretty; }
    ul { padding-left: 1.2rem; }
    li + li { margin-top: 0.3rem; }
    a { color: var(--accent); }
    strong { font-weight: 650; }
    .eyebrow {
      margin: 0 0 0.6rem; color: var(--accent); font: 650 0.8125rem/1.4 var(--sans); letter-spacing: 0.06em;
    }
    .lead {
      margin: 1rem 0 0; max-width: 46rem; font-size: 1.1875rem; line-height: 1.55; color: var(--muted);
    }
    code, pre { font-family: var(--mono); font-size: 0.86em; }
    :not(pre) > code {
      background: var(--panel); border-radius: 4px; padding: 0.1em 0.3em; overflow-wrap: anywhere;
    }
    .code { margin: 1.25rem 0; }
    .code figcaption { margin-bottom: 0.4rem; }
    .code pre {
      margin: 0; padding: 0.9rem 1.1rem; overflow-x: auto; background: var(--panel); border-radius: 8px;
      font-size: 0.8125rem; line-height: 1.55; tab-size: 2;
    }
    .code pre code { font-size: inherit; }
    figcaption, .remark { font: 0.875rem/1.45 var(--sans); color: var(--muted); }
    .aside {
      max-width: 46rem; margin: 1.25rem 0; padding: 0.75rem 1.1rem; border-left: 3px solid var(--accent);
      background: var(--accent-soft); border-radius: 0 8px 8px 0; font: 0.9375rem/1.55 var(--sans);
    }
    .aside.warning { border-color: var(--warning); background: var(--warning-soft); }
    .aside > p { margin: 0 0 0.35rem; font-weight: 600; }
    .aside > ul { margin: 0; }
    .verdict { max-width: 50rem; margin: 1.5rem 0; }
    .verdict .headline {
      max-width: none; margin: 0 0 0.6rem; font: 700 1.4375rem/1.3 var(--sans); letter-spacing: -0.012em;
      text-wrap: balance;
    }
    .verdict p { max-width: none; margin: 0 0 0.5rem; }
    .verdict p:nth-child(n + 3) { font: 0.9375rem/1.55 var(--sans); color: var(--muted); }
    .key-figures {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 0.9rem;
      margin: 1.75rem 0 2rem;
    }
    .key-figures > div { background: var(--panel); border-radius: 10px; padding: 0.95rem 1.1rem; }
    .key-figures > .highlighted { background: var(--accent-soft); }
    .key-figures small { color: var(--muted); font-size: 1rem; font-weight: 500; letter-spacing: 0; white-space: nowrap; }
    .key-figures dt { min-height: 2.8em; font: 500 0.8125rem/1.4 var(--sans); color: var(--muted); }
    .key-figures dd {
      margin: 0.2rem 0 0; font: 700 1.75rem/1.2 var(--sans); letter-spacing: -0.02em;
      font-variant-numeric: tabular-nums;
    }
    .key-figures dd.remark { font: 0.8125rem/1.4 var(--sans); letter-spacing: 0; margin-top: 0.35rem; }
    .definitions { margin: 1rem 0 1.5rem; font: 0.9375rem/1.5 var(--sans); }
    .definitions > div {
      display: grid; grid-template-columns: minmax(9rem, 15rem) minmax(0, 1fr); gap: 1.5rem;
      padding: 0.42rem 0; border-top: 1px solid var(--rule);
    }
    .definitions > div:last-child { border-bottom: 1px solid var(--rule); }
    .definitions dt { color: var(--muted); }
    .definitions dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
    details { margin: 1.25rem 0; border: 1px solid var(--rule); border-radius: 8px; padding: 0 1.1rem; }
    details[open] { padding-bottom: 0.5rem; }
    summary { cursor: pointer; padding: 0.65rem 0; font: 550 0.9375rem/1.4 var(--sans); }
    summary::marker { color: var(--accent); }
    """

  private static let tables = """
    .table { margin: 1.5rem 0 2rem; }
    .table figcaption { max-width: 46rem; margin-bottom: 0.6rem; }
    .scroll {
      overflow-x: auto;
      background:
        linear-gradient(90deg, var(--paper) 40%, transparent) left / 3rem 100% no-repeat local,
        linear-gradient(270deg, var(--paper) 40%, transparent) right / 3rem 100% no-repeat local,
        linear-gradient(90deg, var(--shade), transparent) left / 0.9rem 100% no-repeat scroll,
        linear-gradient(270deg, var(--shade), transparent) right / 0.9rem 100% no-repeat scroll;
    }
    table {
      border-collapse: separate; border-spacing: 0; width: 100%; font: 0.9375rem/1.4 var(--sans);
      font-variant-numeric: lining-nums tabular-nums;
    }
    th, td { padding: 0.45rem 0.65rem; text-align: left; vertical-align: baseline; font-weight: 400; }
    th:first-child { padding-left: 0.7rem; }
    td:last-child, thead th:last-child { padding-right: 0.7rem; }
    thead th {
      border-top: 2px solid var(--ink); border-bottom: 1px solid var(--ink); font-weight: 600;
      vertical-align: bottom;
      font-size: 0.875rem;
    }
    th[title] {
      text-decoration: underline dotted var(--muted) 1px; text-underline-offset: 0.25em; cursor: help;
    }
    tbody tr:last-child > * { border-bottom: 2px solid var(--ink); }
    tbody tr.group > * { border-top: 1px solid var(--rule); }
    .number { text-align: right; white-space: nowrap; }
    thead .number { white-space: normal; text-wrap: balance; }
    tbody th { background: var(--paper); min-width: 13rem; }
    tr.highlighted > * { background: var(--accent-soft); }
    tr.highlighted th { font-weight: 600; }
    tr.muted > * { color: var(--muted); }
    td strong { color: var(--best); font-weight: 700; }
    td:not(.number) { min-width: 6.5rem; }
    td small, th small { color: var(--muted); font-size: 0.8125rem; font-weight: 400; }
    .table .remark { margin: 0.6rem 0 0; max-width: 46rem; }
    """

  private static let pictures = """
    .images { margin: 1.5rem 0 2rem; }
    .images figcaption { max-width: 46rem; margin-bottom: 0.8rem; }
    .row + .row { margin-top: 0.9rem; }
    .row-label { margin: 0 0 0.25rem; font: 0.875rem/1.3 var(--sans); color: var(--muted); }
    .items { display: flex; flex-wrap: wrap; gap: 0.55rem 0.8rem; }
    .item { width: min-content; }
    .item span {
      display: block; font: 0.75rem/1.35 var(--sans); color: var(--muted); margin-top: 0.25rem;
    }
    .panels { display: flex; gap: 2px; }
    .panels img {
      width: var(--width); height: auto; display: block; image-rendering: pixelated; border-radius: 2px;
    }
    .order-legend {
      display: flex; align-items: center; gap: 0.6rem; max-width: 24rem; font: 0.8125rem/1 var(--sans);
      color: var(--muted);
    }
    .order-legend img { flex: 1; min-width: 4rem; height: 10px; border-radius: 5px; }
    .order-legend span { white-space: nowrap; }
    """

  private static let charts = """
    .charts {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
      gap: 2rem 2.25rem;
      margin: 1.5rem 0 2rem;
    }
    .chart { margin: 0; max-width: 33rem; }
    .chart figcaption { color: var(--ink); font-weight: 600; margin-bottom: 0.55rem; }
    .chart > svg { display: block; width: 100%; height: auto; font-family: var(--sans); color: var(--ink); }
    .legend {
      list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; margin: 0.6rem 0 0; padding: 0;
      font: 0.8125rem/1.4 var(--sans); max-width: none;
    }
    .legend li { display: flex; align-items: center; gap: 0.4rem; margin: 0; }
    """

  private static let strokes = """
    .chart text { fill: currentColor; font-size: 12.5px; font-variant-numeric: tabular-nums; }
    .chart text.tick, .chart text.label, .chart text.note { fill: var(--muted); }
    .chart text.label, .chart text.note { font-size: 12px; }
    .grid { stroke: var(--rule); stroke-width: 1; fill: none; }
    .axis { stroke: var(--muted); stroke-width: 1; fill: none; }
    .line { stroke-width: 1.8; fill: none; stroke-linejoin: round; stroke-linecap: round; }
    .band { opacity: 0.2; }
    .reference { stroke: var(--muted); stroke-width: 1.2; stroke-dasharray: 1.5 3; fill: none; }
    .bar { fill: var(--series-8); opacity: 0.75; }
    .bar.highlighted { fill: var(--series-1); opacity: 1; }
    .whisker { stroke: var(--ink); stroke-width: 1.2; fill: none; }
    """

  private static let narrow = """
    @media (max-width: 64rem) {
      .layout { display: block; }
      nav ol { position: static; display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; margin: 0.75rem 0 0; }
      nav ol > li { border: 0; }
      nav a { padding: 0.3rem 0; }
    }
    @media (max-width: 40rem) {
      body { font-size: 1rem; }
      .panels img { width: calc(0.75 * var(--width)); }
      .definitions > div { display: block; }
      .definitions dt { font-size: 0.8125rem; }
      tbody th, thead th:first-child { position: sticky; left: 0; background: var(--paper); z-index: 1; }
      tbody th { min-width: 6.5rem; }
      tr.highlighted th { background: var(--accent-soft); }
    }
    @media print {
      body { font-size: 10pt; }
      nav { display: none; }
      .layout { display: block; }
      section, figure, .table { break-inside: avoid-page; }
    }
    """
}
