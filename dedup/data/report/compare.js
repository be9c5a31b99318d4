// Two texts side by side: sentences in rows so that both sides stay level, and the words of a row compared.
// Texts and spans go in, plain objects come out; nothing here touches the page.

const LOUD = 8; // equal words in a row that were hardly written twice
const MOST_CELLS = 4e6; // of a table of words; above it only the common beginning and end of a row are found
const WORDS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}]+)*/gu;

// Returns the words of a stretch of text: where they begin and end, and what makes two of them equal.
function wordsOf(text, start, end) {
  return Array.from(text.slice(start, end).matchAll(WORDS), found => ({
    start: start + found.index, end: start + found.index + found[0].length, key: found[0].toLowerCase().replace(/’/g, "'"),
  }));
}

// Returns the sentences of a stretch of text as [start, end]; pieces under three words go with the next.
function sentencesOf(text, start, end) {
  const found = [];
  let from = start;
  for (const mark of text.slice(start, end).matchAll(/[.!?…]["”’»)\]]*\s+|[。！？]|\n+/gu)) {
    const to = start + mark.index + mark[0].length;
    if (/[。！？]|\n\n/.test(mark[0]) || /\S\s+\S+\s+\S/u.test(text.slice(from, to))) { found.push([from, to]); from = to; }
  }
  if (from < end) found.push([from, end]);
  return found.map(span => trimmed(text, span)).filter(([a, b]) => b > a);
}

function trimmed(text, [start, end]) {
  while (start < end && /\s/u.test(text[start])) start++;
  while (end > start && /\s/u.test(text[end - 1])) end--;
  return [start, end];
}

const weightOf = word => word.key.length > 3 ? 1 : 0.3;

function bagOf(words) {
  const bag = new Map();
  let weight = 0;
  for (const word of words) { bag.set(word.key, (bag.get(word.key) || 0) + weightOf(word)); weight += weightOf(word); }
  return { bag, weight };
}

function common(one, other) {
  if (one.bag.size > other.bag.size) [one, other] = [other, one];
  let sum = 0;
  for (const [key, weight] of one.bag) sum += Math.min(weight, other.bag.get(key) || 0);
  return sum;
}

// Returns rows of sentences, each {left: span or null, right: span or null}: one, or two side by side with one, or alone.
// `linked(i, j)` is the weight of differences that are known to lead from the left sentence i to the right sentence j.
function rowsOf(left, right, leftText, rightText, linked) {
  const a = left.map(span => bagOf(wordsOf(leftText, ...span))), b = right.map(span => bagOf(wordsOf(rightText, ...span)));
  const n = a.length, m = b.length, width = m + 1;
  const best = new Float32Array((n + 1) * width), move = new Uint8Array((n + 1) * width);
  const band = n * m > 250000 ? Math.max(60, Math.abs(n - m) / 4) : Infinity;
  const known = new Map();
  const together = (i, j) => {
    const key = i * m + j;
    if (!known.has(key)) known.set(key, common(a[i], b[j]) + linked(i, j));
    return known.get(key);
  };
  const worth = (shared, weight) => 2 * shared - 0.24 * weight; // from an eighth of the words in common
  for (let i = 0; i <= n; i++) for (let j = 0; j <= m; j++) {
    const at = i * width + j;
    if (!at) continue;
    let top = -1, how = 0;
    const offer = (value, step) => { if (value > top) { top = value; how = step; } };
    if (i) offer(best[at - width], 1);
    if (j) offer(best[at - 1], 2);
    if (i && j && Math.abs(i / n - j / m) * Math.max(n, m) <= band) {
      const x = a[i - 1].weight, y = b[j - 1].weight, here = together(i - 1, j - 1);
      offer(best[at - width - 1] + worth(here, x + y), 3);
      if (i > 1) offer(best[at - 2 * width - 1] + worth(here + together(i - 2, j - 1), x + y + a[i - 2].weight) - 0.5, 4);
      if (j > 1) offer(best[at - width - 2] + worth(here + together(i - 1, j - 2), x + y + b[j - 2].weight) - 0.5, 5);
    }
    best[at] = top; move[at] = how;
  }
  const rows = [];
  for (let i = n, j = m; i || j;) {
    const how = move[i * width + j], back = [[], [1, 0], [0, 1], [1, 1], [2, 1], [1, 2]][how];
    rows.push({
      left: back[0] ? [left[i - back[0]][0], left[i - 1][1]] : null,
      right: back[1] ? [right[j - back[1]][0], right[j - 1][1]] : null,
    });
    i -= back[0]; j -= back[1];
  }
  return rows.reverse();
}

// Returns pairs [i, j] of equal words in the same order, as many as there can be.
function equalWords(a, b) {
  const pairs = [];
  let first = 0, endA = a.length, endB = b.length;
  while (first < endA && first < endB && a[first].key === b[first].key) pairs.push([first, first++]);
  const tail = [];
  while (endA > first && endB > first && a[endA - 1].key === b[endB - 1].key) tail.push([--endA, --endB]);
  const n = endA - first, m = endB - first, width = m + 1;
  if (n && m && n * m <= MOST_CELLS) {
    const longest = new Uint16Array((n + 1) * width);
    for (let i = n - 1; i >= 0; i--) for (let j = m - 1; j >= 0; j--)
      longest[i * width + j] = a[first + i].key === b[first + j].key
        ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    for (let i = 0, j = 0; i < n && j < m;)
      if (a[first + i].key === b[first + j].key) pairs.push([first + i++, first + j++]);
      else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i++; else j++;
  }
  return pairs.concat(tail.reverse());
}

// Returns the marks of both sides of a row: [start, end, "run" | "same" | "own"]: long runs of equal words, short
// ones, and words that only this side has.
function marksOf(a, b) {
  const pairs = equalWords(a, b), marks = [[], []];
  const whole = pairs.length === a.length && pairs.length === b.length;
  const add = (side, words, from, to, kind) => { if (to > from) marks[side].push([words[from].start, words[to - 1].end, kind]); };
  let nextA = 0, nextB = 0;
  for (let at = 0; at < pairs.length;) {
    let last = at + 1;
    while (last < pairs.length && pairs[last][0] === pairs[last - 1][0] + 1 && pairs[last][1] === pairs[last - 1][1] + 1) last++;
    add(0, a, nextA, pairs[at][0], "own");
    add(1, b, nextB, pairs[at][1], "own");
    const kind = last - at >= LOUD || whole ? "run" : "same";
    add(0, a, pairs[at][0], pairs[last - 1][0] + 1, kind);
    add(1, b, pairs[at][1], pairs[last - 1][1] + 1, kind);
    [nextA, nextB] = pairs[last - 1].map(place => place + 1);
    at = last;
  }
  add(0, a, nextA, a.length, "own");
  add(1, b, nextB, b.length, "own");
  return marks;
}

// Returns the pieces of a span: {start, end, kind, change}. A change goes before the marks of words, an earlier before a later one.
// Changes are [start, end, number]; one without words of its own becomes an empty piece in its place.
function piecesOf([start, end], marks, changes) {
  const kept = [];
  for (const change of [...changes].sort((x, y) => x[2] - y[2]))
    if (change[0] >= start && change[1] <= end && kept.every(other => change[1] <= other[0] || change[0] >= other[1])) kept.push(change);
  const all = kept.map(([s, e, number]) => ({ start: s, end: e, kind: "", change: number }));
  for (const [s, e, kind] of marks) {
    let from = Math.max(s, start);
    for (const [low, high] of [...kept].sort((x, y) => x[0] - y[0])) {
      if (high <= from || low >= e) continue;
      if (low > from) all.push({ start: from, end: low, kind, change: null });
      from = Math.max(from, high);
    }
    if (from < Math.min(e, end)) all.push({ start: from, end: Math.min(e, end), kind, change: null });
  }
  all.sort((x, y) => x.start - y.start || x.end - y.end);
  const pieces = [];
  let at = start;
  for (const one of all) {
    if (one.start > at) pieces.push({ start: at, end: one.start, kind: "", change: null });
    pieces.push(one);
    at = Math.max(at, one.end);
  }
  if (at < end) pieces.push({ start: at, end, kind: "", change: null });
  return pieces;
}

// Returns all rows of two articles: {left, right, only, moved}, spans or null. `passages` are [left start, left end,
// right start, right end]; what lies in none of them stands alone on its side, in its place.
function tableOf(leftText, rightText, passages, evidence) {
  const rows = [], sentences = [sentencesOf(leftText, 0, leftText.length), sentencesOf(rightText, 0, rightText.length)];
  const order = passages.map(([a, b, c, d]) => [...snapped(sentences[0], a, b), ...snapped(sentences[1], c, d)]).sort((x, y) => x[0] - y[0] || x[2] - y[2]);
  const ends = gapsOf(rightText, order.map(p => [p[2], p[3]]));
  const alone = (span, side) => {
    const inner = trimmed(side === "left" ? leftText : rightText, span), last = rows[rows.length - 1];
    if (inner[1] <= inner[0]) return;
    if (last && last.only && !last[side]) last[side] = inner; // beside what the other side has alone
    else rows.push({ left: null, right: null, only: true, moved: false, [side]: inner });
  };
  let at = 0, before = -1;
  if (order.length && order[0][0] > 0) alone([0, order[0][0]], "left");
  if (ends.has(0)) alone([0, ends.get(0)], "right");
  at = order.length ? order[0][0] : 0;
  for (const [start, end, from, to] of order) {
    if (start > at) alone([at, start], "left");
    const first = Math.max(at, start);
    if (first < end) {
      const left = sentencesOf(leftText, first, end), right = sentencesOf(rightText, from, to);
      const linked = linksOf(left, right, evidence);
      rowsOf(left, right, leftText, rightText, linked).forEach((row, place) => {
        if (row.left && row.right) rows.push({ ...row, only: false, moved: place === 0 && from < before });
        else alone(row.left || row.right, row.left ? "left" : "right");
      });
    }
    at = Math.max(at, end);
    before = Math.max(before, from);
    if (ends.has(to)) { alone([to, ends.get(to)], "right"); ends.delete(to); }
  }
  if (at < leftText.length) alone([at, leftText.length], "left");
  return rows;
}

// Returns a passage with whole sentences at its ends: those of which it has at least a half.
function snapped(sentences, start, end) {
  const inside = sentences.filter(([a, b]) => 2 * (Math.min(b, end) - Math.max(a, start)) >= b - a);
  return inside.length ? [inside[0][0], inside[inside.length - 1][1]] : [start, end];
}

// Returns where the stretches outside of all spans begin, with where they end.
function gapsOf(text, spans) {
  const gaps = new Map();
  let at = 0;
  for (const [start, end] of [...spans].sort((x, y) => x[0] - y[0])) {
    if (start > at) gaps.set(at, start);
    at = Math.max(at, end);
  }
  if (at < text.length) gaps.set(at, text.length);
  return gaps;
}

function linksOf(left, right, evidence) {
  const weights = new Map(), starts = left.map(s => s[0]), others = right.map(s => s[0]);
  for (const [, a, b, c, d] of evidence) {
    if (!left.length || !right.length || a < starts[0] || c < others[0]) continue;
    const i = placeOf(starts, a), j = placeOf(others, c);
    if (b > left[i][1] || d > right[j][1]) continue;
    weights.set(i * right.length + j, (weights.get(i * right.length + j) || 0) + 1);
  }
  return (i, j) => weights.get(i * right.length + j) || 0;
}
