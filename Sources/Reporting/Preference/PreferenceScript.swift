/// The script of a preference page.
///
/// The sequence of the pairs and the side of each image follow from the study's id, which its seed is part of, and the
/// participant's name; so a page that is opened again goes on where it was, and shows what it would have shown.
enum PreferenceScript {
  static let text = [state, screens, keys].joined(separator: "\n")

  private static let state = """
    "use strict";
    const study = JSON.parse(document.getElementById("study").textContent);
    const key = "orderedar-preference-" + study.id;
    const element = name => document.getElementById(name);

    // Uniform numbers that follow from a text: FNV-1a and mulberry32.
    function numbers(text) {
      let word = 0x811c9dc5;
      for (const character of text) word = Math.imul(word ^ character.codePointAt(0), 0x01000193);
      return () => {
        word = (word + 0x6d2b79f5) | 0;
        let mixed = Math.imul(word ^ (word >>> 15), word | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
      };
    }

    function randomName() {
      const bytes = crypto.getRandomValues(new Uint8Array(8));
      return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
    }

    // Browsers may keep nothing for pages from a disk; then closing the page loses the answers.
    function restored() {
      try {
        const found = JSON.parse(localStorage.getItem(key));
        if (found && typeof found.participant === "string" && Array.isArray(found.answers)) return found;
      } catch (error) {}
      return { participant: randomName(), answers: null };
    }
    function keep() {
      try { localStorage.setItem(key, JSON.stringify(state)); } catch (error) {}
    }

    // answers is null until the participant agrees.
    const state = restored();
    const next = numbers(study.id + "/" + state.participant);
    const trials = study.pairs.map(pair => ({ pair: pair, left: next() < 0.5 ? "a" : "b" }));
    for (let last = trials.length - 1; last > 0; last--) {
      const other = Math.floor(next() * (last + 1));
      [trials[last], trials[other]] = [trials[other], trials[last]];
    }
    """

  private static let screens = """
    function answersText() {
      return JSON.stringify({
        kind: "preference answers", schema: 1, page: study.id, participant: state.participant,
        answers: state.answers,
      }, null, 1);
    }

    function show() {
      const done = state.answers ? state.answers.length : 0;
      const screen = !state.answers ? "consent" : done < trials.length ? "trial" : "end";
      for (const name of ["consent", "trial", "end", "declined"]) element(name).hidden = name !== screen;
      element("count").textContent = trials.length;
      element("checked").hidden = !study.pairs.some(pair => pair.check);
      if (screen === "end") element("answers").textContent = answersText();
      if (screen !== "trial") return;
      const { pair, left } = trials[done];
      element("bar").max = trials.length;
      element("bar").value = done;
      element("place").textContent = `Pair ${done + 1} of ${trials.length}`;
      element("condition").textContent = pair.condition;
      element("left-image").src = pair[left];
      element("right-image").src = pair[left === "a" ? "b" : "a"];
      for (const name of ["tie", "tie-key"]) element(name).hidden = !study.ties;
      element("back").disabled = done === 0;
    }

    function choose(choice) {
      if (element("trial").hidden || (choice === "tie" && !study.ties)) return;
      const { pair, left } = trials[state.answers.length];
      state.answers.push({ pair: pair.name, left: left, choice: choice });
      keep();
      show();
    }

    function back() {
      if (!state.answers || state.answers.length === 0) return;
      state.answers.pop();
      keep();
      show();
    }

    function save() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([answersText()], { type: "application/json" }));
      link.download = `answers-${state.participant}.json`;
      link.click();
    }
    """

  private static let keys = """
    for (const side of ["left", "right", "tie"]) element(side).addEventListener("click", () => choose(side));
    element("back").addEventListener("click", back);
    element("change").addEventListener("click", back);
    element("save").addEventListener("click", save);
    element("agree").addEventListener("click", () => { state.answers = []; keep(); show(); });
    element("decline").addEventListener("click", () => {
      element("consent").hidden = true;
      element("declined").hidden = false;
    });
    document.addEventListener("keydown", event => {
      // A key that is held down answers one pair.
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || element("trial").hidden) return;
      const acts = {
        ArrowLeft: () => choose("left"), ArrowRight: () => choose("right"), ArrowDown: () => choose("tie"),
        Backspace: back,
      };
      if (!acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    });
    show();
    """
}
