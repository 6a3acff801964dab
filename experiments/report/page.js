"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const page = read("page");
  const root = document.documentElement;
  const drawn = new Map(); // plot id -> {figure, views, view}
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const config = {
    displaylogo: false, displayModeBar: window.innerWidth > 700 ? "hover" : false, responsive: true, showSendToCloud: false,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
  };
  const PAPER = { width: 680, half: 330, page: 780, tall: 600 }; // pixels
  const hidden = new Set(); // groups of strategies that the reader has put away
  let printing = false;

  const theme = () => (printing ? "light" : root.dataset.theme || (scheme.matches ? "dark" : "light"));
  const lighten = (text) => page.lighter.reduce((done, [color, light]) => done.replaceAll(color, light), text);
  const plots = () => document.querySelectorAll("article:not([hidden]) .plot");

  // A trace of one strategy goes as a whole; one of several loses the points of those that are put away.
  function filtered(trace) {
    if (typeof trace.meta === "string") return hidden.has(trace.meta) ? { ...trace, visible: false } : trace;
    if (!trace.meta || !trace.meta.groups || !hidden.size) return trace;
    const kept = trace.meta.groups.map((group) => !hidden.has(group));
    const only = (value) => {
      if (Array.isArray(value)) return value.length === kept.length ? value.filter((_, n) => kept[n]) : value;
      if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, only(v)]));
      return value;
    };
    return { ...only({ ...trace, meta: undefined }), meta: trace.meta };
  }

  function put(button) {
    const group = button.dataset.group;
    if (!hidden.delete(group)) hidden.add(group);
    for (const one of document.querySelectorAll("button.strategy"))
      one.setAttribute("aria-pressed", String(!hidden.has(one.dataset.group)));
    for (const one of document.querySelectorAll("[data-of]")) one.hidden = hidden.has(one.dataset.of);
    drawAll();
  }

  function draw(div) {
    const id = div.id.replace("plot-", "");
    if (!drawn.has(id)) drawn.set(id, { ...read("figure-" + id), view: 0 });
    const { figure, views, view } = drawn.get(id);
    const shown = views[view];
    const dark = theme() === "dark";
    const traces = dark ? JSON.parse(lighten(JSON.stringify(figure.data))) : figure.data;
    const language = div.closest("article").dataset.language;
    const data = traces.map((trace, n) => filtered(shown ? { ...trace, visible: shown.visible[n] } : trace));
    const layout = { ...figure.layout, template: page.templates[language][theme()], autosize: true };
    if (shown) for (const [key, value] of Object.entries(shown.layout)) layout[key] = { ...layout[key], ...value };
    if (printing) {
      const most = layout.height > PAPER.tall ? PAPER.page : PAPER.half; // two pictures a page, or one of many panels
      Object.assign(layout, { autosize: false, width: PAPER.width, height: Math.min(layout.height, most) });
    }
    return Plotly.react(div, data, structuredClone(layout), config).then(() => { div.dataset.drawn = "yes"; });
  }

  const drawAll = () => Promise.all([...plots()].map(draw));

  function show(language) {
    for (const article of document.querySelectorAll("article")) article.hidden = article.dataset.language !== language;
    for (const button of document.querySelectorAll("button.language"))
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    root.lang = page.tags[language];
    document.title = page.titles[language];
    drawAll();
  }

  function choose(button) {
    const id = button.dataset.plot;
    drawn.get(id).view = Number(button.dataset.view);
    for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
    draw(document.getElementById("plot-" + id));
  }

  async function unpack(id) {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  async function download(key) {
    if (!("DecompressionStream" in window)) {
      window.alert(page.old[document.querySelector("article:not([hidden])").dataset.language]);
      return;
    }
    const text = "\ufeff" + (await unpack("tables"))[key]; // the mark tells spreadsheets that this is UTF-8
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = page.file.replace(/[^\p{L}\p{N}_-]+/gu, "-") + "-" + key + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".language")) show(button.dataset.language);
    else if (button.matches(".view")) choose(button);
    else if (button.matches(".strategy")) put(button);
    else if (button.matches(".against")) {
      document.getElementById(button.dataset.table).dataset.against = button.dataset.against;
      for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
    }
    else if (button.matches(".csv")) download(button.dataset.table);
    else if (button.id === "theme") {
      root.dataset.theme = theme() === "dark" ? "light" : "dark";
      drawAll();
    }
  });
  scheme.addEventListener("change", drawAll);
  // Paper is light and narrow; what is folded stays folded, so that a reader chooses how long the print is.
  window.addEventListener("beforeprint", () => {
    printing = true;
    drawAll();
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    drawAll();
  });
  drawAll().then(() => { document.body.dataset.ready = "yes"; });
})();
