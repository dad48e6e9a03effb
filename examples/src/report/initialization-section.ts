import { circles, type InitializationResult, initializationLabels, initializations } from "../02-initialization.ts";
import { courseFixture } from "../lib/course-data.ts";
import type { Report } from "../lib/part.ts";
import { percent } from "../lib/terminal.ts";
import { agreementChart } from "./agreement-chart.ts";
import { boundaryChart } from "./boundary-chart.ts";
import { costChart, seriesColors } from "./cost-chart.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";
import { planarJson } from "./planar-json.ts";

const published = courseFixture("initialization").runs;

function initializationCard({ zeros, random10, he }: InitializationResult): Html {
  return card("initialization", "Initialization", percent(he.testAccuracy, 0), [
    html`on the test set with He’s initialization;`,
    html`${percent(random10.testAccuracy, 0)} with random × 10, ${percent(zeros.testAccuracy, 0)} with zeros`,
  ]);
}

async function initializationSection(result: InitializationResult, quick: boolean): Promise<Html> {
  const texts = {
    zeros: html`All neurons of a layer start equal and stay equal: the probability is 0.5 everywhere, and there is no
      boundary to draw.`,
    random10: html`Sure of itself from the start, and often wrong. Large weights cut the plane with sharp edges that move
      slowly.`,
    he: html`Weights of variance 2 / fan-in. Signals keep their size from layer to layer, and the boundary closes around
      the inner circle.`,
  };
  const pictures = await Promise.all(
    initializations.map(async (name) =>
      figure(
        await boundaryChart(result[name].map, circles.train, `Decision boundary, ${initializationLabels[name]}`),
        html`<b>${initializationLabels[name]} · ${percent(result[name].testAccuracy, 0)}</b> ${texts[name]}`,
      ),
    ),
  );
  const series = initializations.map((name, i) => ({
    label: initializationLabels[name],
    run: result[name],
    published: published[name].costs,
    color: seriesColors[i]!,
  }));
  return section(
    2,
    "initialization",
    "Initialization",
    html`Two circles of points, one inside the other, and a network with hidden layers of 10 and 5 neurons. Data, training
      and random draws are the same in all three runs. What differs is the size of the weights at the start.`,
    html`
      <div class="triple">${pictures}</div>
      <p class="key"><span class="dot class-1"></span> inner circle <span class="dot class-0"></span> outer circle: the 300
        points of the training set. The tint is the probability that the network gives; the line is where it is even.</p>
      ${table(result)}
      <div class="columns">
        ${figure(
          await costChart(series, 1, "Cost by step for three initializations"),
          html`<b>Cost over ${quick ? "the first " : ""}${result.he.steps.toLocaleString("en")} steps.</b> Lines are this run,
            rings the published costs.`,
        )}
        ${figure(
          await agreementChart(series, "Relative difference from the published costs"),
          html`<b>How close to what was published.</b> Two runs agree to the rounding of float64. The one that starts
            saturated does not: there, a different order of summation, in the last digit, grows to a thousandth within
            1,000 steps.`,
        )}
      </div>
      ${note(
        "An infinite cost",
        html`Ten times too large, the weights give probabilities of exactly 0 or 1, and some of them are wrong: −log 0 is infinite.
          The loss from logits, softplus(z) − y·z, is the same function without that accident. It is what is trained on
          here; the infinity is only in the log, which computes the cost as it was published.`,
      )}
    `,
  );
}

function table(result: InitializationResult): Html {
  // A short run may not come as far as step 1,000.
  const cost = (value: number | undefined): string =>
    value === undefined ? "" : value === Infinity ? "∞" : value.toFixed(4);
  return html`<div class="scroll"><table>
    <thead><tr><th scope="col">start</th><th scope="col" class="number">cost at 0</th><th scope="col" class="number">at 1,000</th><th scope="col" class="number">at the end</th><th scope="col" class="number">train</th><th scope="col" class="number">test</th><th scope="col" class="number">published test</th></tr></thead>
    <tbody>${initializations.map((name, i) => {
      const { costs, finalCost, trainAccuracy, testAccuracy } = result[name];
      return html`<tr>
        <th scope="row"><i class="swatch" style="background: ${seriesColors[i]!}"></i>${initializationLabels[name]}</th>
        <td class="number">${cost(costs[0])}</td><td class="number">${cost(costs[1000])}</td><td class="number">${cost(finalCost)}</td>
        <td class="number">${percent(trainAccuracy, 1)}</td><td class="number"><b>${percent(testAccuracy, 1)}</b></td>
        <td class="number quiet">${percent(published[name].test_accuracy, 1)}</td>
      </tr>`;
    })}</tbody>
  </table></div>`;
}

export const initializationReport: Report<InitializationResult> = {
  card: initializationCard,
  section: initializationSection,
  json: ({ zeros, random10, he }) => ({
    zeros: planarJson(zeros),
    random10: planarJson(random10),
    he: planarJson(he),
  }),
};
