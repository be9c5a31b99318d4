"use strict";
// The data of the pages: columns of articles, matches and stories, and pieces that are fetched when they are needed.
// A piece stands inside the page or in a script beside it, which hands it over by calling `dedupData`.

const manifest = JSON.parse(document.getElementById("manifest").textContent);
const arrived = new Map();
const asked = new Map();
const LEFT = 0, RIGHT = 1, UNKNOWN = -1;
const COPIES = new Set(["exact", "near", "rewrite"]);
const NOT_KNOWN = "source not known";

function dedupData(name, records) {
  arrived.set(name, records);
}

// Returns a promise of the records of a piece.
function piece(name) {
  if (!asked.has(name)) asked.set(name, new Promise((resolve, reject) => {
    const inside = document.getElementById("data-" + name);
    if (inside) return resolve(JSON.parse(inside.textContent));
    const script = document.createElement("script");
    script.onload = () => arrived.has(name) ? resolve(arrived.get(name)) : reject(new Error(`${script.src} holds no data`));
    script.onerror = () => reject(new Error(`${manifest.files[name]} is missing: the folder must stay beside this page`));
    script.src = manifest.files[name];
    document.head.append(script);
  }));
  return asked.get(name);
}

// Returns the place of the last number in a sorted list that is at most `value`.
function placeOf(list, value) {
  let low = 0, high = list.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle] <= value) low = middle; else high = middle;
  }
  return low;
}

// Returns a promise of one record: the text of an article ("text"), what it is made of ("made") or the proof of a match ("proof").
async function record(kind, number) {
  const firsts = manifest.firsts[kind], place = placeOf(firsts, number);
  return (await piece(`${kind}-${place}`))[number - firsts[place]];
}

let loading = null;
// Returns a promise of all columns, with what is looked up in them: numbers by id, and matches by pair.
function load() {
  loading ||= (async () => {
    const pieces = await Promise.all((manifest.firsts.list || []).map((_, n) => piece(`list-${n}`)));
    const [articles, matches, stories] = pieces.flat();
    const numbers = new Map(articles.id.map((id, n) => [id, n]));
    return { articles, matches, stories, numbers, byPair: null, byArticle: null, hay: null };
  })();
  return loading;
}

const pairKey = (data, a, b) => Math.min(a, b) * data.articles.id.length + Math.max(a, b);

// Returns the number of the match of two articles, or undefined.
function matchOf(data, a, b) {
  if (!data.byPair) {
    data.byPair = new Map();
    const { left, right } = data.matches;
    for (let n = 0; n < left.length; n++) data.byPair.set(pairKey(data, left[n], right[n]), n);
  }
  return data.byPair.get(pairKey(data, a, b));
}

// Returns the numbers of the matches of an article.
function matchesOf(data, article) {
  if (!data.byArticle) {
    data.byArticle = data.articles.id.map(() => []);
    const { left, right } = data.matches;
    for (let n = 0; n < left.length; n++) for (const side of [left[n], right[n]]) data.byArticle[side].push(n);
  }
  return data.byArticle[article];
}

const fold = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const sourceOf = (data, article) => data.articles.source[article] < 0 ? NOT_KNOWN : data.articles.sources[data.articles.source[article]];
const kindOf = (data, match) => data.matches.kinds[data.matches.kind[match]];
const count = number => number.toLocaleString("en");
const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many || one + "s"}`;
const percent = share => share === null ? "–" : `${share < 1 ? Math.min(99, Math.round(100 * share)) : 100}\u00a0%`; // all of it is all of it

// Returns whether the right article of a match comes first: as the original, or as the page that contains the other.
function turned(data, match) {
  const { original, container } = data.matches;
  return (container[match] === UNKNOWN ? original : container)[match] === RIGHT;
}

// Returns two values of a match, of its left and right article, in the order in which they are shown.
const inOrder = (data, match, left, right) => turned(data, match) ? [right, left] : [left, right];

// Returns original and copy of a match; where that is not known, the left and the right article.
const sides = (data, match) => inOrder(data, match, data.matches.left[match], data.matches.right[match]);

// Returns what both articles of a match are called, as labels and inside a sentence.
function namesOf(data, match) {
  if (data.matches.container[match] !== UNKNOWN) return { labels: ["Page of several stories", "One of its stories"], inside: ["page", "story"] };
  return data.matches.original[match] === UNKNOWN ? { labels: ["One article", "Other article"], inside: ["one", "other"] }
    : { labels: ["Original", "Copy"], inside: ["original", "copy"] };
}

// Returns a new element. Children are text or nodes; text is never read as HTML.
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  made.append(...children.flat(9).filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

const enc = encodeURIComponent;
const articleLink = (data, n) => `#/article/${enc(data.articles.id[n])}`;
const pairLink = (data, match) => `#/pair/${enc(data.articles.id[data.matches.left[match]])}/${enc(data.articles.id[data.matches.right[match]])}`;
const storyLink = (data, story) => `#/story/${enc(data.stories.id[story])}`;
const bdi = text => el("bdi", null, text);
const quiet = (...children) => el("span", { class: "quiet" }, ...children);
const kindTag = kind => el("span", { class: `kind ${kind}` }, kind.replace("_", " "));

// Returns source and date of an article on one line.
function sub(data, article) {
  const when = data.articles.when[article];
  const known = data.articles.source[article] >= 0;
  return el("span", { class: "sub" }, known ? bdi(sourceOf(data, article)) : el("bdi", { class: "id" }, data.articles.id[article]), ", ", when ? el("time", null, when) : "no date",
    data.articles.ours[article] ? [" ", el("span", { class: "tag" }, "ours")] : null);
}
