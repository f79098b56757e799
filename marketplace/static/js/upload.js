// <form data-upload data-upload-url="…"> sends its file as one raw stream, with progress and a way out.
// XMLHttpRequest, because fetch tells nothing about what has been sent. Without this the form posts as it is.
(function () {
  "use strict";

  function megabytes(bytes) {
    return (bytes / 1048576).toLocaleString(undefined, { maximumFractionDigits: 1 }) + " MB";
  }

  function enhance(form) {
    var input = form.querySelector("input[type=file]");
    var box = form.querySelector("[data-upload-status]");
    if (!input || !box || !form.dataset.uploadUrl) return;
    var words = box.dataset;
    var bar = document.createElement("progress");
    var line = document.createElement("p");
    var stop = document.createElement("button");
    var request = null;
    var spoken = 0;
    bar.max = 100;
    bar.setAttribute("aria-label", words.progress);
    line.setAttribute("aria-live", "polite");
    stop.type = "button";
    stop.className = "btn btn-s";
    stop.textContent = words.cancel;

    function say(text, isWrong) {
      line.textContent = text;
      box.classList.toggle("is-wrong", Boolean(isWrong));
    }
    function finish(text) {
      request = null;
      stop.remove();
      bar.remove();
      say(text, true);
      input.disabled = false;
    }
    function reason(text) {
      try { return JSON.parse(text).title; } catch (unreadable) { return ""; }
    }

    stop.addEventListener("click", function () { if (request) request.abort(); });
    input.addEventListener("change", function () {
      box.replaceChildren(line);
      if (input.files[0]) say(input.files[0].name + " · " + megabytes(input.files[0].size));
    });

    form.addEventListener("submit", function (event) {
      var file = input.files[0];
      if (!file) return; // the server says what is missing
      event.preventDefault();
      if (request) return;
      request = new XMLHttpRequest();
      request.open("PUT", form.dataset.uploadUrl);
      request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", function (sent) {
        if (!sent.lengthComputable) return;
        var share = Math.floor((100 * sent.loaded) / sent.total);
        bar.value = share;
        if (share - spoken < 10 && share < 100) return;
        spoken = share;
        say(share < 100 ? share + "% · " + megabytes(sent.loaded) + " / " + megabytes(sent.total) : words.checking);
      });
      request.addEventListener("load", function () {
        if (request.status < 200 || request.status >= 300) {
          finish(reason(request.responseText) || words.failed);
          return;
        }
        var next = null;
        try { next = JSON.parse(request.responseText).next; } catch (unreadable) { /* stay */ }
        if (next && new URL(next, location.href).origin === location.origin) location.assign(next);
        else location.reload();
      });
      request.addEventListener("error", function () { finish(words.failed); });
      request.addEventListener("abort", function () { finish(words.cancelled); });
      spoken = 0;
      bar.value = 0;
      input.disabled = true;
      say(words.sending);
      box.replaceChildren(bar, line, stop);
      request.send(file);
    });
  }

  addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-upload]").forEach(enhance);
  });
})();
