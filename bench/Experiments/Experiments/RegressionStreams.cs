using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Generated streams of values, test-then-train: the default regressor for small vectors beside what it was before (one least-squares readout that forgets) and beside linear regression by stochastic gradient and the
/// running mean. Mean absolute error, in units of the running mean's.
/// </summary>
internal sealed class RegressionStreams : Experiment
{
    private const int Rows = 10_000;

    public override string Name => "regression";

    public override string Protocol => "12 generated streams of values, 10 inputs, 10,000 rows, test-then-train; default regressor against linear regression by gradient, the running mean and the former preset";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = CreateSpecs();

    public override ExperimentResult Run(ExperimentRun run)
    {
        var measurements = new List<Measurement>();
        var details = new Dictionary<string, object>();
        foreach (var (name, draw) in ValueStreams.All)
        {
            var scores = run.EachSeed(seed => Score(draw, seed, run.IsQuick ? Rows / 5 : Rows));
            measurements.Add(new Measurement(name, [.. scores.Select(score => score.Preset)]) { Anchor = scores.Average(score => score.Best), LowerIsBetter = true });
            details[name] = string.Create(CultureInfo.InvariantCulture, $"preset {scores.Average(score => score.Preset):F4}, former {scores.Average(score => score.Former):F4}, linear by gradient {scores.Average(score => score.Linear):F4}, running mean 1; root mean square {scores.Average(score => score.Root):F4}");
            ExperimentRun.Progress($"{name}: {details[name]}");
        }

        var worst = measurements.Max(one => one.Mean / one.Anchor!.Value);
        var all = measurements.Average(one => one.Mean);
        return new ExperimentResult(
        [
            new Measurement("worst stream: error over the best of the others'", [worst]) { Bar = 1, LowerIsBetter = true },
            new Measurement("mean over streams", [all]) { LowerIsBetter = true },
            .. measurements,
        ]) { Details = details };
    }

    private Errors Score(Func<Draws, float[], ulong, double, double> draw, ulong seed, int rows)
    {
        using var preset = new Trainee(Specs["preset"], seed);
        using var former = new Trainee(Specs["former"], seed);
        var plain = new PlainRegression(ValueStreams.Size);
        var x = new float[ValueStreams.Size];
        var (ours, before, linear, mean, square, meanSquare) = (0d, 0d, 0d, 0d, 0d, 0d);
        for (var row = 0; row < rows; row++)
        {
            var target = draw(new Draws(seed, (ulong)row), x, seed, (double)row / rows);
            preset.Learn(x, [target]);
            former.Learn(x, [target]);
            var known = plain.Mean;
            var answer = plain.Learn(x, target);
            if (row == 0)
            {
                continue;
            }

            var error = target - preset.Outcome.Prediction.Scores[0];
            ours += Math.Abs(error);
            square += error * error;
            before += Math.Abs(target - former.Outcome.Prediction.Scores[0]);
            linear += Math.Abs(target - answer);
            mean += Math.Abs(target - known);
            meanSquare += (target - known) * (target - known);
        }

        return new Errors(ours / mean, before / mean, linear / mean, Math.Sqrt(square / meanSquare));
    }

    private static Dictionary<string, ModelSpec> CreateSpecs()
    {
        var preset = Presets.Expand(new CreateModelRequest { Preset = "regressor", Input = new InputSpec { Kind = InputKind.Vector, Size = ValueStreams.Size } });
        var former = preset.Network with
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "features", Kind = PopulationKind.Relu, Size = 256 },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "filters", From = "input", To = "features", Initial = new GaussianWeightsSpec { BiasScale = 0.5f } },
                new ProjectionSpec { Name = "readout", From = "features", To = "output", Rule = new RecursiveLeastSquaresRuleSpec { Forgetting = 0.85f } },
            ],
            Credit = new NoCreditSpec(),
            Modulators = [],
            Head = new RegressionHeadSpec(),
            Maintenance = [],
        };
        return new Dictionary<string, ModelSpec> { ["preset"] = preset, ["former"] = preset with { Preset = null, Network = former } };
    }

    private sealed record Errors(double Preset, double Former, double Linear, double Root)
    {
        public double Best => Math.Min(1, Math.Min(Former, Linear));
    }
}
