// What the parts of the page share: the data, what the reader has chosen, the reader's words, and how to make nodes.
// Every text from the data reaches the page through textContent or fillText; nothing here or elsewhere writes markup.
"use strict";

const Reader = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const scene = Draw.prepare(data);
  const $ = (id) => document.getElementById(id);
  const state = {
    lang: data.lang,
    stage: opening(),
    plan: data.plans.length - 1,
    colour: "minutes",
    pick: null,
    layers: { lines: true, moves: true, far: true, names: false, roads: true },
  };
  // The words of the language in force, whenever they are asked for.
  const words = new Proxy({}, { get: (_, key) => Words[state.lang][key] });
  const listeners = [];

  // The page opens on primary school where there is one: it is what is merged most.
  function opening() {
    const ids = data.stages.map((stage) => stage.id);
    return ids.includes("primary") ? "primary" : ids[0];
  }

  // Choose something else: stage, plan, language, colour, layers, or the school or place picked ({kind, at} or null).
  function set(changes) {
    Object.assign(state, changes);
    for (const listener of listeners) listener(changes);
  }

  const views = () => data.views[state.stage];
  const view = () => views()[state.plan];
  const label = (thing) => thing[state.lang];
  const num = (value, digits = 0) => Logic.number(value, state.lang, digits);
  const minutes = (value) => (value === null ? words.unknown : `${num(value, value < 10 ? 1 : 0)} ${words.minutes}`);
  const metres = (value) => Logic.written(value, "metres", state.lang, words);
  const people = (value) => `${num(value)} ${words.people}`;
  const township = (layer, at) => (layer.township[at] < 0 ? "" : data.townships.name[layer.township[at]]);

  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "onclick") node.addEventListener("click", value);
      else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== ""));
    return node;
  }

  const name = (text) => el("bdi", { title: text }, text);

  return {
    data,
    scene,
    state,
    words,
    set,
    listeners,
    $,
    views,
    view,
    label,
    num,
    minutes,
    metres,
    people,
    township,
    el,
    name,
  };
})();
