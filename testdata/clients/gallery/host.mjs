// The host side in the page: the official AppBridge. What it asks of the server
// goes through functions that the check exposes.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

window.openApp = async (src, { capabilities, context }) => {
  const frame = document.querySelector("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  const bridge = new AppBridge(null, { name: "check", version: "1" }, capabilities, { hostContext: context });
  window.bridge = bridge;
  window.asked = { links: [], sizes: [] };
  bridge.oncalltool = (params) => window.callTool(params);
  bridge.onreadresource = (params) => window.readResource(params);
  bridge.onopenlink = async ({ url }) => (window.asked.links.push(url), {});
  bridge.onsizechange = (size) => window.asked.sizes.push(size);
  const ready = new Promise((done) => (bridge.oninitialized = done));
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.src = src;
  await ready;
};
