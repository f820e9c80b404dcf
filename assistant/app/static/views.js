// The pages of the application, each with an address of its own; filters and sorting of their tables.
(() => {
  "use strict";
  const { $, emit } = window.troly;
  const body = document.body;
  const NAMES = { library: "van-ban", tasks: "nhiem-vu", store: "kho" };
  const TITLES = { ask: "Trợ lý ảo", library: "Văn bản", document: "Văn bản", tasks: "Nhiệm vụ", store: "Kho" };
  let wanted = null; // the document asked for last
  let focusNext = false; // a page that was gone to by hand takes the focus when it has arrived

  const sorting = { library: {} };
  const filters = (page) => {
    const found = { ...sorting[page] };
    document.querySelectorAll(`[data-filters=${page}] [data-filter]`).forEach((field) => {
      found[field.dataset.filter] = field.value;
    });
    return found;
  };
  const load = (page) => {
    const chosen = filters(page);
    emit(`troly:${page}`, chosen);
    if (page !== "tasks") return;
    // A unit's page has an address of its own, to be sent to a colleague.
    const query = new URLSearchParams({ view: NAMES.tasks });
    for (const [name, value] of Object.entries(chosen)) if (value) query.set(name, value);
    history.replaceState(history.state, "", `/?${query}`);
  };

  // ---- addresses
  const place = () => {
    const query = new URLSearchParams(location.search);
    if (query.has("document")) return { view: "document", document: query.get("document"), at: query.get("at") || "" };
    const view = Object.keys(NAMES).find((name) => NAMES[name] === query.get("view"));
    return { view: view || "ask", query };
  };
  const show = (view) => {
    body.dataset.view = view;
    document.title = view === "ask" ? TITLES.ask : `${TITLES[view]} · ${TITLES.ask}`;
    const active = view === "document" ? "library" : view;
    document.querySelectorAll(".nav [data-view]").forEach((link) => {
      if (link.dataset.view === active) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    });
  };
  const arriveAt = (where) => {
    show(where.view);
    if (where.view === "document") {
      $("#document")?.setAttribute("aria-busy", "true");
      wanted = { document: where.document, at: where.at };
      emit("troly:document", wanted);
    } else if (where.view in NAMES) {
      document.querySelectorAll(`[data-filters=${where.view}] [data-filter]`).forEach((field) => {
        if (where.view === "tasks") field.value = where.query?.get(field.dataset.filter) || "";
      });
      load(where.view);
    }
  };
  const go = (address, where) => {
    history.pushState({ page: where.view }, "", address);
    focusNext = true;
    arriveAt(where);
    if (where.view !== "document") settle();
  };
  window.addEventListener("popstate", () => {
    const where = place();
    focusNext = false;
    if (where.view === "document" || where.view !== body.dataset.view) arriveAt(where);
  });

  // ---- a document has arrived: to the place asked for, focus to its heading
  const settle = () => {
    const page = $(`#page-${body.dataset.view}`);
    const article = $("#document .document");
    if (body.dataset.view === "document" && article) {
      if (wanted && article.dataset.shown !== wanted.document) return; // still the one before
      wanted = null;
      $("#document").removeAttribute("aria-busy");
      const aim = article.dataset.aim;
      const goal = aim && $(`[data-place="${CSS.escape(aim)}"]`, article);
      if (goal) goal.scrollIntoView({ block: "center" }); else $("#page-document").scrollTop = 0;
    }
    if (!focusNext || !page) return;
    const heading = $("h2", page);
    if (!heading) return;
    focusNext = false;
    heading.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    if (!at || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const opened = at.closest("[data-document]");
    if (opened) {
      event.preventDefault();
      const where = { view: "document", document: opened.dataset.document, at: opened.dataset.at || "" };
      const here = $("#document .document");
      const goal = where.at && $(`#document [data-place="${CSS.escape(where.at)}"]`);
      if (body.dataset.view === "document" && here?.dataset.shown === where.document && goal) {
        history.pushState({ page: "document" }, "", opened.getAttribute("href")); // within the text that is there: no new page
        here.querySelectorAll(".target").forEach((old) => old.classList.remove("target"));
        goal.classList.add("target");
        goal.scrollIntoView({ block: "start" });
        return;
      }
      window.troly.leaveSheet(() => go(opened.getAttribute("href"), where));
      return;
    }
    const link = at.closest("[data-view]");
    if (link && link !== body) {
      event.preventDefault();
      go(link.href, { view: link.dataset.view, query: new URL(link.href).searchParams });
      return;
    }
    const sort = at.closest("[data-sort]");
    if (sort) {
      sorting.library = { sort: sort.dataset.sort, down: sort.dataset.down === "1" };
      load("library");
      return;
    }
    const inside = at.closest("[data-ask-in]");
    if (inside) {
      go("./", { view: "ask" });
      const field = $("[data-scope=within]");
      field.value = inside.dataset.askIn;
      field.dispatchEvent(new Event("change", { bubbles: true }));
      $("#question textarea")?.focus();
    }
  });
  // ---- the drawing of relations is made when it is first opened
  document.addEventListener("toggle", async (event) => {
    const graph = event.target.closest?.("[data-graph]");
    const box = graph && $(".graph-box", graph);
    if (!graph?.open || box.childElementCount) return;
    box.textContent = "Đang vẽ…";
    try {
      const reply = await fetch(`./so-do?van_ban=${encodeURIComponent(graph.dataset.graph)}`);
      if (!reply.ok) throw new Error(String(reply.status));
      box.innerHTML = await reply.text(); // made by graph.py, where everything is escaped
    } catch { box.textContent = "Không vẽ được sơ đồ; xin thử lại."; }
  }, true);

  let pause = 0;
  const refilter = (event) => {
    const page = event.target.closest?.("[data-filters]")?.dataset.filters;
    if (!page || !event.target.dataset.filter) return;
    clearTimeout(pause);
    pause = setTimeout(() => load(page), event.type === "input" ? 150 : 0);
  };
  document.addEventListener("input", refilter);
  document.addEventListener("change", refilter);

  show(place().view); // before anything is drawn: no flash of the chat
  window.addEventListener("troly:ready", () => {
    const node = $("#document");
    if (node) new MutationObserver(() => requestAnimationFrame(settle)).observe(node, { childList: true, subtree: true });
    const where = place();
    if (where.view !== "ask") arriveAt(where); else show("ask");
  });
})();
