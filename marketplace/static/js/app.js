// Small comforts. Every page works without them.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  function kept(key) {
    try { return localStorage.getItem(key); } catch (refused) { return null; }
  }
  function keep(key, value) {
    try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch (refused) { /* private window */ }
  }
  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  if (kept("theme")) root.dataset.theme = kept("theme");
  if (kept("size")) root.dataset.size = kept("size");

  addEventListener("DOMContentLoaded", function () {
    var theme = document.querySelector("[data-act=theme]");
    var size = document.querySelector("[data-act=size]");
    var live = document.getElementById("live");

    function show() {
      theme.setAttribute("aria-pressed", String(isDark()));
      size.setAttribute("aria-pressed", String(root.dataset.size === "lg"));
    }
    if (theme && size) {
      show();
      theme.addEventListener("click", function () {
        keep("theme", (root.dataset.theme = isDark() ? "light" : "dark"));
        show();
      });
      size.addEventListener("click", function () {
        if (root.dataset.size) delete root.dataset.size; else root.dataset.size = "lg";
        keep("size", root.dataset.size);
        show();
      });
    }

    document.addEventListener("click", function (event) {
      var button = event.target.closest("[data-copy]");
      if (!button || !navigator.clipboard) return;
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        live.textContent = live.dataset.copied + button.dataset.copy.slice(0, 40);
        button.classList.add("copied");
        setTimeout(function () { button.classList.remove("copied"); }, 1500);
      });
    });

    // A second click on the same button sends nothing.
    document.addEventListener("submit", function (event) {
      var form = event.target;
      if (form.dataset.sent) { event.preventDefault(); return; }
      if (form.method !== "post" || form.hasAttribute("data-upload")) return;
      form.dataset.sent = "1";
      setTimeout(function () { delete form.dataset.sent; }, 4000);
    });
    addEventListener("pageshow", function () {
      document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
    });

    document.addEventListener("keydown", function (event) {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
      var box = document.querySelector("input[type=search]");
      if (box) { event.preventDefault(); box.focus(); }
    });

    if (matchMedia("(max-width: 54rem)").matches) {
      document.querySelectorAll("details[data-fold]").forEach(function (box) { box.open = false; });
    }
    function settle(within) {
      var first = within.querySelector("[data-focus]");
      if (first) first.focus();
    }
    settle(document);
    document.addEventListener("htmx:afterSettle", function (event) { settle(event.target); });
    document.addEventListener("htmx:configRequest", function (event) {
      event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
    });
  });
})();
