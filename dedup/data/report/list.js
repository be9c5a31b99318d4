// The list of matches: search, filters, order, and all of them in the fragment, so that a view can be sent to others.

const ROWS = 30; // of one page of the list
const ORDERS = {
  "": "by story, strongest first", shared: "most text shared first", newest: "newest first", oldest: "oldest first",
  turned: "most turned facts first", headline: "by headline",
};
const ONLY = {
  "": "all", turned: "with turned facts", number: "with changed numbers", name: "with changed names", negation: "with changed negations",
  conflicts: "dates and wording disagree", across: "across sources", within: "within one source",
  ordered: "original known", old: "with an article of the archive",
};
const PAIRS = { "": "all pairs", steps: "each copy once, with what it was copied from" };
const WHO = { "": "everybody", ours: "ours against the rest", taken: "copied from us", given: "copied by us" };

// Returns the numbers of the matches that a query (URLSearchParams) asks for, in the order that it asks for.
function select(data, query) {
  const { matches, articles } = data, found = [];
  const tests = testsOf(data, query);
  for (let n = 0; n < matches.left.length; n++) if (tests.every(test => test(n))) found.push(n);
  return ordered(data, found, query.get("sort") || "");
}

function testsOf(data, query) {
  const { matches, articles } = data, tests = [];
  const either = flags => n => flags[matches.left[n]] || flags[matches.right[n]];
  const asked = fold(query.get("q") || "").split(/\s+/).filter(Boolean);
  if (asked.length) {
    data.hay ||= articles.id.map((id, n) => fold(`${articles.title[n]} ${id} ${sourceOf(data, n)}`));
    tests.push(either(data.hay.map(hay => asked.every(word => hay.includes(word)))));
  }
  const kind = query.get("kind");
  if (kind) tests.push(n => kind === "copies" ? COPIES.has(kindOf(data, n)) : kindOf(data, n) === kind);
  if (query.get("source")) tests.push(either(ofSource(data, query.get("source"))));
  tests.push(...sideTests(data, query));
  const after = query.get("after"), before = query.get("before");
  if (after || before) tests.push(either(articles.when.map(when =>
    when !== null && (!after || when.slice(0, 10) >= after) && (!before || when.slice(0, 10) <= before))));
  const share = Number(query.get("share")) / 100;
  if (share > 0) tests.push(n => Math.max(matches.sharedLeft[n], matches.sharedRight[n]) >= share);
  const story = query.get("story");
  if (story) tests.push(n => COPIES.has(kindOf(data, n)) && data.stories.id[articles.story[matches.left[n]]] === story);
  const changed = type => n => matches.changes[n] & (1 << matches.types.indexOf(type));
  const only = {
    number: changed("number"), name: changed("name"), negation: changed("negation"),
    turned: n => matches.turned[n] > 0, conflicts: n => matches.conflict[n], across: n => matches.sameSite[n] === 0,
    within: n => matches.sameSite[n] === 1, ordered: n => matches.original[n] !== UNKNOWN, old: n => matches.old[n] !== UNKNOWN,
  }[query.get("only")];
  if (only) tests.push(only);
  if (query.get("pairs") === "steps") tests.push(n => matches.step[n]);
  const who = { ours: ours => ours[0] !== ours[1], taken: ours => ours[0] && !ours[1], given: ours => ours[1] && !ours[0] }[query.get("who")];
  if (who) tests.push(n => (query.get("who") === "ours" || matches.original[n] !== UNKNOWN) && who(sides(data, n).map(a => articles.ours[a])));
  return tests;
}

// Returns which articles are of a source: of exactly this one if there is one, else of all with these letters in their names.
function ofSource(data, name) {
  const { source, sources } = data.articles;
  if (name === NOT_KNOWN) return source.map(n => n < 0);
  const part = fold(name), wanted = sources.map(other => sources.includes(name) ? other === name : fold(other).includes(part));
  return source.map(n => n >= 0 && wanted[n]);
}

function sideTests(data, query) {
  const [of, by] = ["of", "by"].map(key => query.get(key) ? ofSource(data, query.get(key)) : null);
  if (!of && !by) return [];
  const fits = (original, copy) => (!of || of[original]) && (!by || by[copy]);
  return [n => {
    const [one, two] = sides(data, n);
    return fits(one, two) || (data.matches.original[n] === UNKNOWN && fits(two, one));
  }];
}

function ordered(data, found, order) {
  const { matches, articles } = data;
  const when = n => [matches.left[n], matches.right[n]].map(a => articles.when[a] || "").sort();
  const keys = {
    shared: n => -Math.max(matches.sharedLeft[n], matches.sharedRight[n]), turned: n => -matches.turned[n],
    headline: n => articles.title[sides(data, n)[0]], newest: n => when(n)[1], oldest: n => when(n)[0] || when(n)[1] || "9999",
  };
  const key = keys[order];
  if (!key) return found;
  const values = new Map(found.map(n => [n, key(n)])), back = order === "newest" ? -1 : 1;
  const compare = order === "headline" ? new Intl.Collator("en").compare : (a, b) => a < b ? -1 : a > b ? 1 : 0;
  return found.sort((a, b) => back * compare(values.get(a), values.get(b)) || a - b);
}

// Returns a table of matches.
function matchTable(data, found) {
  const head = ["Original, or one of two", "Copy, or the other", "Shared", "Kind", "Method", "Changes"];
  return el("table", { class: "cards list" },
    el("thead", null, el("tr", null, head.map(name => el("th", { scope: "col" }, name)))),
    el("tbody", null, found.map(n => matchRow(data, n))));
}

function matchRow(data, n) {
  const { matches, articles } = data, [one, two] = sides(data, n), names = namesOf(data, n);
  const shares = inOrder(data, n, matches.sharedLeft[n], matches.sharedRight[n]);
  const kind = kindOf(data, n), method = matches.methods[matches.method[n]];
  const side = (article, label) => el("td", { class: "side", "data-label": label },
    el("a", { href: pairLink(data, n) }, bdi(articles.title[article])), sub(data, article));
  const part = (share, of) => el("span", { class: "part" }, `${percent(share)} of the ${of}`);
  return el("tr", null, side(one, names.labels[0]), side(two, names.labels[1]),
    el("td", { "data-label": "Shared" }, shares[0] === null ? quiet("not aligned")
      : [part(shares[0], names.inside[0]), el("span", { class: "comma" }, ", "), part(shares[1], names.inside[1])]),
    el("td", { "data-label": "Kind" }, kindTag(kind), " ", COPIES.has(kind) ? el("span", { class: "part quiet" }, `${Math.round(100 * matches.p[n])}\u00a0%\u00a0sure`) : null,
      matches.original[n] !== UNKNOWN || !COPIES.has(kind) ? null : [" ", el("span", { class: "tag" }, "order not clear")]),
    el("td", { "data-label": "Method" }, method ? manifest.methods[method] : quiet("–")),
    el("td", { "data-label": "Changes" },
      matches.turned[n] ? el("span", { class: "tag warn" }, plural(matches.turned[n], "turned fact")) : null,
      matches.conflict[n] ? el("span", { class: "tag" }, "dates and wording disagree") : null,
      matches.turned[n] || matches.conflict[n] ? null : quiet("–")));
}

// Draws the list into a box; what the form says goes into the fragment.
function listPage(data, query, box) {
  const found = el("p", { class: "found" }), table = el("div"), pages = el("div", { class: "pages" });
  const draw = () => {
    const numbers = select(data, query), last = Math.max(1, Math.ceil(numbers.length / ROWS));
    const page = Math.min(last, Math.max(1, Number(query.get("page")) || 1));
    found.textContent = numbers.length ? `${plural(numbers.length, "match", "matches")} of ${count(data.matches.left.length)}`
      + (last > 1 ? `, page ${page} of ${count(last)}` : "") : "No match fits: take a filter away.";
    table.replaceChildren(numbers.length ? matchTable(data, numbers.slice((page - 1) * ROWS, page * ROWS)) : "");
    const to = (number, words) => el("a", { href: `#/matches?${withPage(query, number)}` }, words);
    pages.replaceChildren(...[page > 1 && to(page - 1, "← Previous page"), page < last && to(page + 1, "Next page →")].filter(Boolean));
    say(found.textContent);
  };
  const story = query.get("story"), place = story ? data.stories.id.indexOf(story) : -1;
  box.append(heading(query.get("who") === "ours" ? "Ours against the rest" : "All matches"),
    place < 0 ? "" : el("p", null, "Only of the story ", el("a", { href: storyLink(data, place) }, bdi(data.articles.title[data.stories.lead[place]]))),
    filterForm(data, query, draw), found, table, pages);
  draw();
}

function withPage(query, number) {
  const other = new URLSearchParams(query);
  other.set("page", number);
  return other;
}

function filterForm(data, query, draw) {
  const kinds = data.matches.kinds.filter((kind, n) => data.matches.kind.includes(n));
  const choice = options => (name, label) => el("label", null, label, el("select", { name },
    Object.entries(options).map(([value, words]) => el("option", { value, selected: (query.get(name) || "") === value }, words))));
  const input = (name, label, attributes) => el("label", attributes.wide ? { class: "wide" } : null, label,
    el("input", { name, value: query.get(name) || "", ...attributes, wide: null }));
  const fields = [
    input("q", "Search headlines, sources, ids ( / )", { type: "search", wide: true }),
    choice({ "": "all kinds", copies: "copies: exact, near, rewrite", ...Object.fromEntries(kinds.map(k => [k, k.replace("_", " ")])) })("kind", "Kind"),
    input("source", "Source, either side", { list: "sources" }), input("of", "Original from", { list: "sources" }), input("by", "Copy from", { list: "sources" }),
    input("after", "Published from", { type: "date" }), input("before", "Published until", { type: "date" }),
    input("share", "Shared, % at least", { type: "number", min: 0, max: 100, class: "share" }),
    choice(ONLY)("only", "Only"), choice(PAIRS)("pairs", "Pairs"), manifest.ours.length ? choice(WHO)("who", "Who") : null, choice(ORDERS)("sort", "Order"),
  ];
  const asked = [...query.keys()].some(key => key !== "q" && key !== "page"), wide = matchMedia("(min-width: 46rem)").matches;
  const form = el("form", { class: "filter", role: "search", "aria-label": "Filter the matches" }, fields[0],
    el("details", { open: asked || wide }, el("summary", null, "Filters and order"), el("div", null, fields.slice(1), el("button", { type: "reset" }, "Clear all"))),
    el("datalist", { id: "sources" }, data.articles.sources.map(name => el("option", { value: name }))));
  const changed = () => {
    for (const field of form.elements) if (field.name) field.value ? query.set(field.name, field.value) : query.delete(field.name);
    query.delete("page");
    history.replaceState(null, "", `#/matches${query.size ? "?" + query : ""}`);
    draw();
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", event => { event.preventDefault(); location.hash = "#/matches"; });
  return form;
}
