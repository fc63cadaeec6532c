/** What the page runs, once: each screen waits for its own parts. */

import { start as startAbout } from "./about.js";
import { start as startCompare } from "./compare.js";
import { start as startDialogue } from "./dialogue.js";
import { start as startHeader } from "./header.js";
import { start as startHeadline } from "./headline.js";
import { start as startInside } from "./inside.js";
import { start as startSpeech } from "./speech.js";
import { start as startTrain } from "./train.js";
import { start as startTranslate } from "./translate.js";

startHeader();
startAbout();
startTranslate();
startInside();
startHeadline();
startDialogue();
startSpeech();
startTrain();
startCompare();
