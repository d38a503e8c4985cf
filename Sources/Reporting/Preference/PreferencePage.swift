/// One offline HTML page that asks a person which image of each pair looks better.
///
/// Unlike a `Page` it has a script, which shows the pairs and keeps the answers in the browser; nothing is sent
/// anywhere. What it shows is the study in the element `study`, from which the analysis reads it back.
public struct PreferencePage: Sendable {
  /// What is asked above each pair.
  public let question: String
  /// The study, a JSON object: `id`, `question`, `ties` and `pairs` of `name`, `condition`, `a`, `b` and `check`.
  public let study: String

  /// - Parameters:
  ///   - question: what is asked above each pair.
  ///   - study: a JSON object whose members the script knows.
  public init(question: String, study: String) {
    self.question = question
    self.study = study
  }

  private static let opening = #"<script type="application/json" id="study">"#
  private static let closing = "</script>"

  /// The study of a page; nil for a text that is no such page.
  public static func study(in page: String) -> String? {
    guard let start = page.range(of: opening),
      let end = page.range(of: closing, range: start.upperBound..<page.endIndex)
    else { return nil }
    return String(page[start.upperBound..<end.lowerBound])
  }

  /// The page; equal studies give equal text.
  public func html() -> String {
    // Inside strings of JSON this stands for the same character, and no text can end the element.
    let data = study.replacing("<", with: #"\u003c"#)
    return """
      \(Markup.opening(title: question, style: Stylesheet.preference, allowing: "script-src 'unsafe-inline'"))
      <body>
      \(Self.screens(question))
      \(Self.opening)\(data)\(Self.closing)
      <script>
      \(PreferenceScript.text)
      </script>
      </body>
      </html>

      """
  }

  /// The four screens, of which the script shows one at a time.
  private static func screens(_ question: String) -> String {
    """
    <noscript><p class="plain">This page needs JavaScript, which is switched off in this browser.</p></noscript>
    <main id="consent" class="plain" hidden>
    <h1>\(Markup.escape(question))</h1>
    <p>You will see <span id="count"></span> pairs of images, one after the other. In each, choose the image that
    looks better to you: more realistic, more coherent, more appealing. There is no right answer and no time
    limit.<span id="checked"> A few pairs only check that you are looking.</span></p>
    <p>Taking part is voluntary and unpaid. You may stop at any time, without a reason. The page records which image
    you choose under a random name, and nothing about you. Answers stay in this browser until you save them as a file
    at the end and hand it over yourself.</p>
    <p class="choices"><button id="agree" class="main">I agree, begin</button>
    <button id="decline">No, thank you</button></p>
    </main>
    <main id="trial" hidden>
    <header><progress id="bar" value="0" max="1"></progress><p id="place" aria-live="polite"></p></header>
    <h1>\(Markup.escape(question))</h1>
    <p id="condition"></p>
    <div class="pair">
    <button id="left"><img id="left-image" alt="left image"><span>Left</span></button>
    <button id="right"><img id="right-image" alt="right image"><span>Right</span></button>
    </div>
    <p class="choices"><button id="tie">No difference</button> <button id="back">Back</button></p>
    <p class="keys">Keys: <kbd>←</kbd> left, <kbd>→</kbd> right, <span id="tie-key"><kbd>↓</kbd> no difference,
    </span><kbd>Backspace</kbd> back.</p>
    </main>
    <main id="end" class="plain" hidden>
    <h1>Thank you</h1>
    <p>Save your answers as a file and send it to the person who gave you this page.</p>
    <p class="choices"><button id="save" class="main">Save answers</button> <button id="change">Change the last
    answer</button></p>
    <details><summary>If no file appears, copy this text instead</summary><pre id="answers"></pre></details>
    </main>
    <main id="declined" class="plain" hidden>
    <h1>Thank you</h1>
    <p>Nothing was recorded. You can close this page.</p>
    </main>
    """
  }
}
