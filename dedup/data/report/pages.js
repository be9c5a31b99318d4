// The pages of a story, a pair and an article, and which of them is shown: the fragment of the address says so.

const MOST_MEMBERS = 200; // articles of a story, and rows of a pair, that are drawn before they are asked for
const MOST_ROWS = 400;
const LONG = 700; // characters of a stretch on one side that are shown without being asked for
const NAMES = { contradiction: "turned fact", exchange: "exchanged names", name: "changed name", number: "changed number", negation: "changed negation", direction: "changed direction", swap: "swapped words", date: "changed date", omission: "left out or added", agreement: "fact in both" };

const say = text => { document.getElementById("said").textContent = text; };
const heading = (...words) => el("h1", { tabindex: "-1" }, ...words);
const section = (title, ...inner) => el("section", null, el("h2", null, title), ...inner);

// Returns a button that puts all of a list in its place.
function showAll(words, make) {
  const button = el("button", { type: "button" }, words);
  button.addEventListener("click", () => button.replaceWith(make()));
  return button;
}

function methodWords(data, match) {
  const method = data.matches.methods[data.matches.method[match]];
  return method ? manifest.methods[method] : "";
}

function unknownOrder(data, match) {
  const reason = data.matches.reasons[data.matches.reason[match]];
  return reason.startsWith("unknown") ? `It is not clear which came first${reason.slice("unknown".length)}.` : `It is not clear which came first; a weak sign: ${reason}.`;
}

// ---- a story

function storyPage(data, id, box) {
  const story = data.stories.id.indexOf(id);
  if (story < 0) return missing(box, "story", id);
  const { stories, articles } = data, members = stories.members[story], lead = stories.lead[story];
  const sources = new Set(members.filter(n => articles.source[n] >= 0).map(n => articles.source[n]));
  const dated = inTime(data, members).filter(n => articles.when[n] && n !== lead);
  box.append(heading(bdi(articles.title[lead])), el("ul", { class: "facts" },
    el("li", null, `${plural(stories.all[story], "article")} of ${sources.size ? plural(sources.size, "known source") : "no known source"}`),
    el("li", null, leadName(data, story) === ORIGINAL ? "Probable original: " : "The original is not known; shown for all: ", el("a", { href: articleLink(data, lead) }, bdi(articles.title[lead])), sub(data, lead)),
    dated.length ? el("li", null, "Earliest dated copy: ", el("a", { href: articleLink(data, dated[0]) }, bdi(articles.title[dated[0]])), sub(data, dated[0])) : null));
  const undated = members.filter(n => !articles.when[n]).length;
  if (undated && undated < members.length) box.append(el("p", { class: "quiet" }, `${plural(undated, "article")} of it ${undated === 1 ? "has" : "have"} no date, and may be earlier.`));
  box.append(section("Who copied whom", treeOf(data, story)), section("In the order of time", undated < members.length ? timeTable(data, story) : el("p", null, "None of its articles has a date.")),
    el("p", null, el("a", { href: `#/matches?story=${enc(id)}` }, "All matches of this story")));
}

// Returns articles by date, those without one last.
function inTime(data, members) {
  const when = n => data.articles.when[n] || "~";
  return [...members].sort((a, b) => when(a) < when(b) ? -1 : when(a) > when(b) ? 1 : a - b);
}

function treeOf(data, story) {
  const children = new Map(), { members, parents, lead } = data.stories;
  for (const [copy, parent] of parents[story]) children.set(parent, [...(children.get(parent) || []), copy]);
  const below = new Set(parents[story].map(([copy]) => copy));
  const roots = members[story].filter(n => !below.has(n)).sort((a, b) => (b === lead[story]) - (a === lead[story]));
  let left = MOST_MEMBERS;
  const node = (article, parent) => {
    if (left-- <= 0) return null;
    const inner = inTime(data, children.get(article) || []).map(child => node(child, article)).filter(Boolean);
    return el("li", null, treeLine(data, story, article, parent), inner.length ? el("ul", null, inner) : null);
  };
  const tree = () => el("ul", { class: "tree" }, roots.map(root => node(root, null)).filter(Boolean));
  const drawn = tree();
  return members[story].length <= MOST_MEMBERS ? drawn
    : [drawn, showAll(`Show all ${count(members[story].length)}`, () => { left = Infinity; const all = tree(); drawn.remove(); return all; })];
}

const ORIGINAL = "probable original";
// The representative is known to be the original where others were copied from it.
const leadName = (data, story) => data.stories.parents[story].some(([, parent]) => parent === data.stories.lead[story])
  ? ORIGINAL : "stands for all; the original is not known";

function treeLine(data, story, article, parent) {
  const { articles, matches } = data, lead = data.stories.lead[story];
  const title = el("a", { href: articleLink(data, article) }, bdi(articles.title[article]));
  if (parent === null && article === lead) return [title, " ", el("span", { class: "tag" }, leadName(data, story)), sub(data, article)];
  const other = parent === null ? lead : parent, match = matchOf(data, article, other);
  if (match === undefined) return [title, " ", quiet("not clear what it was copied from"), sub(data, article)];
  const shares = matches.left[match] === article ? matches.sharedLeft[match] : matches.sharedRight[match];
  const reason = matches.reasons[matches.reason[match]];
  return [title, " ", kindTag(kindOf(data, match)), " ", matches.turned[match] ? el("span", { class: "tag warn" }, plural(matches.turned[match], "turned fact")) : "", sub(data, article),
    parent === null ? quiet("Not clear what it was copied from. ") : "",
    el("a", { href: pairLink(data, match) }, "Compare"), quiet([shares === null ? "" : `: ${percent(shares)} of it is shared`, methodWords(data, match) && `, ${methodWords(data, match)}`, ". "].filter(Boolean).join("")),
    matches.original[match] === UNKNOWN ? quiet(unknownOrder(data, match)) : quiet(`Why the one above came first: ${reason}.`),
    matches.conflict[match] ? el("p", { class: "note" }, `Dates and wording disagree: ${reason}.`) : null];
}

function timeTable(data, story) {
  const { articles, stories } = data, members = inTime(data, stories.members[story]), first = articles.when[members[0]];
  const rows = list => list.map(n => el("tr", null,
    el("th", { scope: "row" }, articles.when[n] ? el("time", null, articles.when[n]) : quiet("no date")),
    el("td", { "data-label": "After the first" }, n === members[0] && first ? "the first" : later(first, articles.when[n])),
    el("td", { "data-label": "Article" }, el("a", { href: articleLink(data, n) }, bdi(articles.title[n])), n === stories.lead[story] ? [" ", el("span", { class: "tag" }, leadName(data, story))] : null),
    el("td", { "data-label": "Source" }, bdi(sourceOf(data, n)))));
  const body = el("tbody", null, rows(members.slice(0, MOST_MEMBERS)));
  const table = el("table", { class: "cards" }, el("thead", null, el("tr", null, ["Published", "After the first", "Article", "Source"].map(name => el("th", { scope: "col" }, name)))), body);
  return members.length <= MOST_MEMBERS ? table
    : [table, showAll(`Show all ${count(members.length)}`, () => { body.append(...rows(members.slice(MOST_MEMBERS))); return ""; })];
}

const momentOf = when => Date.parse(when.length === 10 ? when : when.replace(" UTC", "Z").replace(/ ([+-]\d\d:\d\d)$/, "$1").replace(" ", "T"));

// Returns how much later a date is than the first, in words.
function later(first, when) {
  if (!when || !first) return quiet("–");
  const minutes = Math.round((momentOf(when) - momentOf(first)) / 60000);
  if (when.length === 10 || first.length === 10) return minutes < 1440 ? "the same day or so" : plural(Math.round(minutes / 1440), "day");
  if (minutes <= 0) return "the first";
  if (minutes < 60) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : plural(Math.round(minutes / 1440), "day");
}

// ---- a pair

async function pairPage(data, ids, box) {
  const numbers = ids.map(id => data.numbers.get(id)), match = matchOf(data, ...numbers);
  if (match === undefined) return missing(box, "match of", ids.join(" and "));
  const flipped = turned(data, match), known = data.matches.original[match] !== UNKNOWN;
  const [one, two] = sides(data, match);
  const [proof, left, right] = await Promise.all([record("proof", match), record("text", one), record("text", two)]);
  const turn = span => flipped ? [span[2], span[3], span[0], span[1]] : span;
  const evidence = proof.evidence.map(([type, ...span]) => [type, ...turn(span.slice(0, 4)), span[4]]);
  const kind = kindOf(data, match), passages = proof.passages.length || !["exact", "near"].includes(kind)
    ? proof.passages.map(turn) : [[0, left.text.length, 0, right.text.length]];
  const pair = { data, match, one, two, left, right, known, kind, proof, passages, evidence, changes: [evidence.map((e, n) => [e[1], e[2], n]), evidence.map((e, n) => [e[3], e[4], n])], names: namesOf(data, match).labels };
  box.append(...pairHead(pair), ...changesOf(pair), ...textsOf(pair));
}

function pairHead(pair) {
  const { data, match, kind, known } = pair, { matches } = data;
  const shares = inOrder(data, match, matches.sharedLeft[match], matches.sharedRight[match]), { inside } = namesOf(data, match);
  const reason = matches.reasons[matches.reason[match]], method = methodWords(data, match), sure = Math.round(100 * matches.sure[match]);
  const story = data.articles.story[pair.one], original = matches.original[match] === LEFT ? matches.left[match] : matches.right[match];
  const card = (name, article, text) => el("section", null, el("h2", null, name), el("p", { class: "headline" }, el("a", { href: articleLink(data, article) }, bdi(data.articles.title[article]))),
    sub(data, article), text.url ? el("p", null, el("a", { href: text.url, rel: "noopener noreferrer nofollow" }, "Open the page it stood on")) : null,
    data.articles.source[article] < 0 ? null : el("p", { class: "quiet id" }, bdi(data.articles.id[article])));
  return [
    heading(bdi(data.articles.title[pair.two]), quiet(kind === "contains" ? " is part of " : known ? " copies " : " and "), bdi(data.articles.title[pair.one])),
    el("div", { class: "both" }, card(pair.names[0], pair.one, pair.left), card(pair.names[1], pair.two, pair.right)),
    el("ul", { class: "facts" },
      el("li", null, kindTag(kind), " ", manifest.kinds[kind]),
      shares[0] === null ? null : el("li", null, `Shared: ${percent(shares[0])} of the ${inside[0]}, ${percent(shares[1])} of the ${inside[1]}.`),
      pair.proof.resemblance === null || shares[0] !== null ? null : el("li", null, `About ${percent(pair.proof.resemblance)} of their groups of five words are the same.`),
      COPIES.has(kind) ? el("li", null, `Probability that one is a copy of the other: ${Math.round(100 * matches.p[match])} %.`) : null,
      method ? el("li", null, `How it was made, probably: ${method}.`) : null,
      el("li", null, !known ? unknownOrder(data, match) : kind === "contains" ? `Which is the original: probably the ${inside[Number(pair.one !== original)]}; ${reason} (${sure} % sure).`
        : `Why this one is taken for the original: ${reason} (${sure} % sure).`),
      matches.sameSite[match] === 1 ? el("li", null, "Both are of one source.") : null,
      story >= 0 && COPIES.has(kind) ? el("li", null, el("a", { href: storyLink(data, story) }, "The story with all its copies")) : null),
    matches.conflict[match] ? el("p", { class: "note" }, `Dates and wording disagree about the original: ${reason}.`) : "",
  ];
}

const textOf = (text, start, end) => text.slice(start, end);

function changesOf(pair) {
  const groups = new Map();
  for (const [type, a, b, c, d, fact] of pair.evidence) {
    const before = textOf(pair.left.text, a, b).trim(), after = textOf(pair.right.text, c, d).trim();
    if (!groups.has(type)) groups.set(type, new Map());
    const key = JSON.stringify([before, after, fact]);
    groups.get(type).set(key, (groups.get(type).get(key) || 0) + 1);
  }
  if (!groups.size) return [];
  const line = (type, key, times) => {
    const [before, after, fact] = JSON.parse(key);
    return el("li", null, fact ? quiet(`${manifest.facts[fact] || fact}: `) : "", el("mark", { class: type }, before || quiet("nothing")), " → ", el("mark", { class: type }, after || quiet("nothing")), times > 1 ? quiet(` × ${times}`) : "");
  };
  return [section(`Changes, from ${namesOf(pair.data, pair.match).inside.join(" to ")}`, [...groups].map(([type, found]) => {
    const list = el("ul", { class: "changes" }, [...found].map(([key, times]) => line(type, key, times)));
    const title = `${(NAMES[type] || type).replace(/^./, c => c.toUpperCase())}: ${[...found.values()].reduce((a, b) => a + b)}`;
    return type === "swap" ? el("details", null, el("summary", null, title), list) : [el("h3", null, title), list];
  }))];
}

function textsOf(pair) {
  const rows = tableOf(pair.left.text, pair.right.text, pair.passages, pair.evidence);
  const body = el("tbody", null, rows.slice(0, MOST_ROWS).map(row => rowOf(pair, row)));
  const table = el("table", { class: "sides" }, el("thead", null, el("tr", null, pair.names.map(name => el("th", { scope: "col" }, name)))), body);
  const rest = rows.length <= MOST_ROWS ? "" : showAll(`Show the other ${count(rows.length - MOST_ROWS)} rows`, () => { body.append(...rows.slice(MOST_ROWS).map(row => rowOf(pair, row))); return ""; });
  const legend = el("p", null, el("mark", { class: "run" }, `${LOUD} and more equal words in a row`), ", ", el("mark", { class: "own" }, "words of one side only"), "; grey boxes have no counterpart on the other side.",
    [...new Set(pair.evidence.map(e => e[0]))].map(type => [" ", el("mark", { class: type }, NAMES[type] || type)]));
  return [section("Texts side by side", legend, jumpTools(pair, table), table, rest)];
}

function rowOf(pair, row) {
  const both = row.left && row.right;
  const marks = both && !row.only ? marksOf(wordsOf(pair.left.text, ...row.left), wordsOf(pair.right.text, ...row.right)) : [[], []];
  const cell = (side, span) => {
    if (!span) return el("td");
    const changes = pair.changes[side].filter(([start, end]) => start >= span[0] && end <= span[1]);
    const content = piecesOf(span, marks[side], changes).map(piece => pieceNode(pair, side, piece));
    const long = row.only && span[1] - span[0] > LONG;
    return el("td", null, el("span", { class: "sidelabel" }, pair.names[side] + (row.only ? ", without counterpart" : "")), row.moved && side ? el("span", { class: "moved" }, "moved: stands earlier in this text") : "",
      long ? el("details", null, el("summary", null, `${count(wordsOf(side ? pair.right.text : pair.left.text, ...span).length)} words that only this side has`), content) : content);
  };
  return el("tr", row.only ? { class: "only" } : null, cell(0, row.left), cell(1, row.right));
}

function pieceNode(pair, side, piece) {
  const text = textOf(side ? pair.right.text : pair.left.text, piece.start, piece.end);
  if (piece.change === null) return piece.kind ? el("mark", { class: piece.kind }, text) : text;
  const [type, a, b, c, d] = pair.evidence[piece.change], attributes = { class: type, "data-change": piece.change };
  const before = textOf(pair.left.text, a, b), after = textOf(pair.right.text, c, d);
  if (!side) return text ? el("mark", { ...attributes, title: `${NAMES[type] || type}: ${before} → ${after || "nothing"}` }, text) : "";
  return el("mark", { ...attributes, tabindex: "-1", title: NAMES[type] || type },
    before ? [el("del", null, before), el("span", { class: "arrow" }, after ? " → " : "")] : "", after ? el("ins", null, after) : "");
}

let jump = null; // what the keys n and p do on the page that is shown

function jumpTools(pair, table) {
  const facts = pair.evidence.some(e => e[0] !== "swap"), where = el("p", { role: "status" });
  let at = -1;
  const swaps = el("input", { type: "checkbox", checked: !facts });
  const shown = el("input", { type: "checkbox", checked: true });
  const marks = () => [...table.querySelectorAll("td:nth-child(2) mark[data-change]")].filter(mark => swaps.checked || !mark.classList.contains("swap"));
  jump = step => {
    const list = marks();
    if (!list.length) { where.textContent = "No changes to jump to."; return; }
    at = (at + step + list.length) % list.length;
    table.querySelectorAll("mark.at").forEach(mark => mark.classList.remove("at"));
    const mark = list[at], details = mark.closest("details");
    if (details) details.open = true;
    mark.classList.add("at");
    table.querySelector(`td:first-child mark[data-change="${mark.dataset.change}"]`)?.classList.add("at");
    mark.focus({ preventScroll: true });
    mark.scrollIntoView({ block: "center" });
    const [type, a, b, c, d] = pair.evidence[mark.dataset.change];
    where.textContent = `Change ${at + 1} of ${list.length}, ${NAMES[type] || type}: ${textOf(pair.left.text, a, b) || "nothing"} → ${textOf(pair.right.text, c, d) || "nothing"}`;
  };
  const button = (step, words, key) => {
    const made = el("button", { type: "button" }, words, " ", el("kbd", null, key));
    made.addEventListener("click", () => jump(step));
    return made;
  };
  swaps.addEventListener("change", () => { at = -1; });
  shown.addEventListener("change", () => table.classList.toggle("plainswaps", !shown.checked));
  return pair.evidence.length ? el("div", { class: "tools" }, button(1, "Next change", "n"), button(-1, "Previous change", "p"),
    facts && pair.evidence.some(e => e[0] === "swap") ? el("label", null, swaps, " stop at swapped words too") : "",
    pair.evidence.some(e => e[0] === "swap") ? el("label", null, shown, " show what was swapped") : "", where) : el("div");
}

// ---- an article

async function articlePage(data, id, box) {
  const number = data.numbers.get(id);
  if (number === undefined) return missing(box, "article", id);
  const text = await record("text", number), { articles } = data, story = articles.story[number];
  const findings = text.findings.filter(found => found[2] > found[1]);
  box.append(heading(bdi(articles.title[number])), sub(data, number),
    articles.source[number] < 0 ? "" : el("p", { class: "quiet id" }, bdi(id)), text.url ? el("p", null, el("a", { href: text.url, rel: "noopener noreferrer nofollow" }, "Open the page it stood on")) : "",
    story >= 0 ? el("p", null, el("a", { href: storyLink(data, story) }, "The story with all its copies")) : "");
  const parts = Object.entries(text.parts);
  box.append(section("How it reads", el("p", null, text.words),
    parts.length ? el("ul", { class: "facts" }, parts.map(([name, value]) => el("li", null, el("meter", { min: 0, max: 1, value, "aria-label": `${value} of 1` }), ` ${value.toFixed(2)} ${manifest.parts[name] || name}`))) : "",
    el("p", { class: "quiet" }, "A hint from the words of this article alone, not a verdict.")));
  const found = matchesOf(data, number);
  box.append(await compositionSection(data, number));
  if (found.length) box.append(section("Its matches", matchTable(data, found.slice(0, ROWS)),
    found.length > ROWS ? el("p", null, el("a", { href: `#/matches?q=${enc(id)}` }, `All ${count(found.length)}`)) : ""));
  box.append(section("The text", findings.length ? el("p", { class: "quiet" }, `${plural(findings.length, "place")} that ${findings.length === 1 ? "looks" : "look"} wrong, in place; dotted ones are weak signs.`) : "",
    el("div", { class: "story" }, findingNodes(text.text, findings))));
  if (findings.length) box.append(section("What looks wrong, and why", findingTable(text.text, findings)));
}

function findingTable(text, findings) {
  const cells = ([type, start, end, expected, reason, strong]) => el("tr", null,
    el("th", { scope: "row" }, el("mark", { class: strong ? "finding" : "finding weak" }, textOf(text, start, end))), el("td", { "data-label": "Expected" }, expected || quiet("–")),
    el("td", { "data-label": "What" }, type.replace("_", " "), strong ? "" : quiet(", weak")), el("td", { "data-label": "Why" }, reason));
  return el("table", { class: "cards" }, el("thead", null, el("tr", null, ["Found", "Expected", "What", "Why"].map(name => el("th", { scope: "col" }, name)))), el("tbody", null, findings.map(cells)));
}

function findingNodes(text, findings) {
  return piecesOf([0, text.length], [], findings.map((found, n) => [found[1], found[2], n])).map(piece => {
    const words = textOf(text, piece.start, piece.end);
    if (piece.change === null) return words;
    const [type, , , expected, reason, strong] = findings[piece.change];
    return el("mark", { class: strong ? "finding" : "finding weak", title: reason }, words, expected ? el("small", { class: "quiet" }, ` → ${expected}`) : "");
  });
}

// What an article is made of, as Python found it.
async function compositionSection(data, number) {
  const { articles } = data, { sources, own } = await record("made", number);
  if (!sources.length) return "";
  const rows = sources.map(([other, share]) => el("tr", null, el("th", { scope: "row" }, el("a", { href: pairLink(data, matchOf(data, number, other)) }, bdi(articles.title[other]))),
    el("td", { "data-label": "Source" }, sub(data, other)), el("td", { class: "n", "data-label": "Share of this text" }, percent(share))));
  rows.push(el("tr", null, el("th", { scope: "row" }, "Found in none of them"), el("td"), el("td", { class: "n", "data-label": "Share of this text" }, percent(own))));
  return section("What it is made of", el("p", { class: "quiet" }, "Each stretch counts once, for the article that explains most of the text."),
    el("table", { class: "cards" }, el("thead", null, el("tr", null, el("th", { scope: "col" }, "Stands also in"), el("th", { scope: "col" }, "Source"), el("th", { scope: "col", class: "n" }, "Share of this text"))), el("tbody", null, rows)));
}

// ---- which page

function missing(box, what, id) {
  box.append(heading("Not in this report"), el("p", null, `This report has no ${what} `, bdi(id), ". It may be of another scan."));
}

async function show() {
  const hash = location.hash;
  if (hash && !hash.startsWith("#/")) return; // an anchor inside the page that is shown
  const [path, asked] = (hash || manifest.start || "#/").slice(2).split("?"), [name, ...ids] = path.split("/").map(decoded);
  const overview = document.getElementById("overview"), page = document.getElementById("page"), query = new URLSearchParams(asked || "");
  const current = name === "matches" ? (query.get("who") ? "ours" : "matches") : name ? "" : "overview";
  for (const link of document.querySelectorAll("nav a")) link.dataset.page === current ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  jump = null;
  overview.hidden = Boolean(name);
  page.hidden = !name;
  if (!name) { page.replaceChildren(); document.title = overviewTitle; return; }
  const box = el("div");
  try {
    const data = await load();
    if (name === "matches") listPage(data, query, box);
    else if (name === "story") storyPage(data, ids[0], box);
    else if (name === "pair") await pairPage(data, ids, box);
    else if (name === "article") await articlePage(data, ids[0], box);
    else missing(box, "page", name);
  } catch (error) {
    box.replaceChildren(heading("This page cannot be shown"), el("p", { class: "note" }, String(error.message || error)));
  }
  if (location.hash !== hash) return; // somebody has gone on meanwhile
  page.replaceChildren(box);
  document.title = box.querySelector("h1").textContent;
  scrollTo({ top: 0, behavior: "instant" });
  box.querySelector("h1").focus({ preventScroll: true });
}

function decoded(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

const overviewTitle = document.title;
addEventListener("hashchange", show);
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  if (jump && (event.key === "n" || event.key === "p")) { event.preventDefault(); jump(event.key === "n" ? 1 : -1); }
  const search = event.key === "/" && document.querySelector("input[name=q]");
  if (search) { event.preventDefault(); search.focus(); }
});
show();
