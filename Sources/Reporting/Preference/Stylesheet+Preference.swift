extension Stylesheet {
  /// The look of a preference page: the colours of reports, a pair that fits a phone without scrolling.
  static let preference = [
    colours,
    """
    *, *::before, *::after { box-sizing: border-box; }
    [hidden] { display: none !important; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0; padding: clamp(0.75rem, 3vw, 2rem); background: var(--paper); color: var(--ink);
      font: 1.0625rem/1.55 var(--sans);
    }
    main { max-width: 56rem; margin: 0 auto; text-align: center; }
    .plain { max-width: 40rem; text-align: left; }
    h1 { font-size: clamp(1.25rem, 1rem + 1.5vw, 1.75rem); line-height: 1.25; margin: 0.75rem 0; }
    p { margin: 0 0 1rem; text-wrap: pretty; }
    header { display: flex; align-items: center; gap: 1rem; }
    header p { margin: 0; white-space: nowrap; color: var(--muted); font-variant-numeric: tabular-nums; }
    progress { flex: 1; height: 0.5rem; accent-color: var(--accent); }
    #condition { color: var(--muted); min-height: 1.55em; }
    .pair { display: grid; grid-template-columns: 1fr 1fr; gap: clamp(0.5rem, 3vw, 2rem); }
    button {
      font: inherit; color: var(--ink); background: var(--panel); border: 2px solid var(--rule);
      border-radius: 10px; padding: 0.6rem 1.2rem; min-height: 2.75rem; cursor: pointer;
      touch-action: manipulation;
    }
    button:disabled { opacity: 0.45; cursor: default; }
    button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    @media (hover: hover) { button:not(:disabled):hover { border-color: var(--accent); } }
    button.main { background: var(--accent); border-color: var(--accent); color: var(--paper); font-weight: 600; }
    .pair button { padding: 0.5rem; }
    .pair img {
      display: block; width: 100%; max-height: 60vh; aspect-ratio: 1; object-fit: contain;
      image-rendering: pixelated; border-radius: 4px;
    }
    .pair span { display: block; margin-top: 0.35rem; color: var(--muted); }
    .choices { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1.25rem 0; }
    #trial .choices { justify-content: center; }
    .keys { color: var(--muted); font-size: 0.875rem; }
    kbd { border: 1px solid var(--rule); border-radius: 4px; padding: 0 0.3em; background: var(--panel); }
    @media (pointer: coarse) { .keys { display: none; } }
    pre {
      overflow: auto; max-height: 20rem; padding: 0.75rem; background: var(--panel); border-radius: 8px;
      font: 0.8125rem/1.5 var(--mono); user-select: all;
    }
    summary { cursor: pointer; }
    """,
  ].joined(separator: "\n")
}
