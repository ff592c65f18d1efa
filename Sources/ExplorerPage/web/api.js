// The only place that asks. Served, it asks the server; in a report it looks up the answers in the page.

/** The status of an answer that is still being worked out. */
const busy = 202;

const embedded = document.getElementById("answers");
const answers = embedded ? JSON.parse(embedded.textContent) : undefined;

/** Whether this page is one file without a server behind it. */
export const isReport = answers !== undefined;

/** The questions of a path that a report has answers to, as objects; none when served. */
export function answered(path) {
  return Object.keys(answers ?? {}).filter((key) => key.startsWith(path + "?") && !answers[key].error)
    .map((key) => Object.fromEntries(new URLSearchParams(key.slice(path.length + 1))));
}

/** What could not be answered, as a sentence for people. */
export class Problem extends Error {
  constructor(message, status, retryAfterSeconds) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

function canonical(path, query) {
  const entries = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== "");
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const text = new URLSearchParams(entries).toString();
  return text ? `${path}?${text}` : path;
}

/** The answer to a question, or a Problem. `signal` gives the question up. */
export async function get(path, query, signal) {
  const key = canonical(path, query);
  if (answers) {
    const answer = answers[key];
    if (answer === undefined) {
      throw new Problem(
        "This is not part of this report. Open the source with pagewalk serve to go on from here.", 404);
    }
    if (answer.error?.message) throw new Problem(answer.error.message, 404);
    return answer;
  }
  return patiently(() => ask("/api" + key, { signal, headers: { Accept: "application/json" } }), signal);
}

/** Who wants to know why an answer takes its time: called with the server's sentence. */
export const waiting = { tell: () => {} };

/** Ask again while the server says that it is still counting. */
async function patiently(question, signal) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await question();
    } catch (error) {
      if (error.status !== busy || attempt >= 1200) throw error;
      waiting.tell(error.message);
      // The server holds a question for a while before it says so: at first ask again at once.
      await pause(Math.min(attempt * attempt * 0.01, error.retryAfterSeconds ?? 1, 5), signal);
    }
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("given up", "AbortError"));
    }, { once: true });
  });
}

/** Send text, and read the answer. */
export async function post(path, text, signal) {
  if (answers) throw new Problem("A report has no lab behind it. Run pagewalk serve for that.", 404);
  return ask("/api" + path, {
    method: "POST", body: text, signal, headers: { "Content-Type": "text/plain", "X-Pagewalk": "1" },
  });
}

/** A stream of events; `onEnd` gets undefined at the regular end, else a Problem. */
export function listen(path, query, onStep, onEnd) {
  const events = new EventSource("/api" + canonical(path, query));
  events.addEventListener("step", (event) => onStep(JSON.parse(event.data)));
  events.addEventListener("failed", (event) => {
    events.close();
    onEnd(new Problem(JSON.parse(event.data).error.message, 0));
  });
  events.addEventListener("end", () => {
    events.close();
    onEnd();
  });
  events.onerror = () => {
    events.close();
    onEnd(new Problem("The stream ended before the story did. Is the server still running?", 0));
  };
  return () => events.close();
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("The server does not answer. Is pagewalk serve still running?", 0);
  }
  let answer;
  try {
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(`The server's answer is not JSON (status ${response.status}).`, response.status);
  }
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  if (response.status === 202) throw new Problem(answer.busy ?? "the server is busy", busy, retryAfter);
  if (response.ok) return answer;
  const message = answer?.error?.message ?? `The server answers with status ${response.status}.`;
  throw new Problem(message, response.status, retryAfter);
}
