// Hangs the parts together: the bar on top, what happens on a choice, printing, the start.
"use strict";

const Page = (() => {
  const { data, state, words, set, $, label, el } = Reader;

  function head() {
    $("title").textContent = data.title;
    $("subtitle").textContent = `${words.layout} · ${data.year}${words.year && ` ${words.year}`}`;
    $("simulated").textContent = words.simulated;
    $("simulated").hidden = !data.simulated;
    const at = data.stages.findIndex((stage) => stage.id === state.stage);
    choices("stages", data.stages.map(label), at, (k) => set({ stage: data.stages[k].id, pick: null }));
    choices("plans", data.plans.map(label), state.plan, (k) => set({ plan: k }));
  }

  function choices(id, names, chosen, onchoose) {
    $(id).replaceChildren(
      ...names.map((text, k) =>
        el(
          "button",
          { type: "button", title: text, "aria-pressed": String(k === chosen), onclick: () => onchoose(k) },
          text,
        ),
      ),
    );
  }

  function source() {
    const mode = words.modes[data.modes[state.stage]] || data.modes[state.stage];
    const parts = [
      `${words.source}${words.colon}${Logic.short(data.title, 40)} ${data.year}`,
      `${words.base}${words.colon}${words[data.demand] || data.demand}`,
      `${words.wayLength}${words.colon}${mode}`,
      words.background,
    ];
    if (data.simulated) parts.push(words.simulated);
    parts.push(...data.statements.map((text) => label(text)));
    $("source").textContent = parts.join("　·　");
  }

  function render(changes = {}) {
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
    for (const node of document.querySelectorAll("[data-label]"))
      node.setAttribute("aria-label", words[node.dataset.label]);
    head();
    source();
    Panel.render();
    Legend.render();
    Chart.draw();
    if (!changes.pick) return;
    document.querySelector(".panel").scrollTop = 0;
    if (window.innerWidth <= 820) $("card").scrollIntoView({ block: "nearest" });
    if (changes.show) Chart.show(changes.pick.kind, changes.pick.at);
  }

  // A canvas cannot follow the paper's size by itself: before printing the page takes the sheet's measures and the long
  // lists go to a second sheet; afterwards all is as it was.
  let back = null;
  function toPaper() {
    if (back) return;
    const open = $("legend").open;
    document.body.classList.add("printing");
    const panel = document.querySelector(".panel");
    $("annex").append($("closures"), $("table"));
    $("legend").open = true;
    render();
    // What finds no room beside the map goes along.
    for (const id of ["far", "card", "certainty"])
      if (panel.scrollHeight > panel.clientHeight) $("annex").prepend($(id));
    const mapBack = Chart.toPaper();
    Legend.render();
    back = () => {
      document.body.classList.remove("printing");
      panel.append(...["card", "figures", "certainty", "closures", "far", "table"].map($));
      $("legend").open = open;
      mapBack();
      render();
    };
  }

  function toScreen() {
    if (back) back();
    back = null;
  }

  function start() {
    Chart.hang();
    render();
    Chart.fit(); // only now has the page its final measures: texts wrap as they like
    Legend.render();
    Reader.listeners.push(render);
    new ResizeObserver(() => back || Chart.settle()).observe($("map"));
    $("print").addEventListener("click", () => window.print());
    $("language").addEventListener("click", () => set({ lang: state.lang === "zh" ? "en" : "zh" }));
    window.addEventListener("beforeprint", toPaper);
    window.addEventListener("afterprint", toScreen);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") set({ pick: null });
    });
  }

  start();
  return { state, data, set, pick: Panel.pick, map: Chart.map(), found: Chart.found, toPaper, toScreen };
})();
