/** React, for everything in a preview that asks for it: there is one. */
import * as react from "react";
import * as dom from "react-dom";
import * as client from "react-dom/client";
import * as jsx from "react/jsx-runtime";

// Imports of the whole find it under "default", as compiled sources expect.
const whole = (module: object) => Object.assign({ __esModule: true, default: module }, module);

Object.assign(globalThis.__rt, { react: whole(react), "react-dom": whole(dom), "react-dom/client": whole(client), "react/jsx-runtime": jsx });
