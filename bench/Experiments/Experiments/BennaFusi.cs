using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// How long a memory lasts under a stream of others (Benna and Fusi 2016): random ±1 patterns with random ±1 targets are stored one at a time in a linear readout.
/// The signal of a memory is target · answer to its pattern, the noise the spread of answers to patterns never stored. Steps are so small that the answers
/// stay far below the targets, so that every event asks each synapse for a change of ±1 at random, as in the paper.
/// </summary>
internal sealed class BennaFusi : Experiment
{
    private const int Inputs = 512;
    private const int Outputs = 16;
    private const int Oldest = 4096;
    private const double ExponentialRate = 0.04;

    public override string Name => "benna-fusi";

    public override string Protocol => $"signal-to-noise ratio of random memories by age, {Inputs}×{Outputs} synapses, ages 4 … {Oldest}: a chain of 8 variables, and one variable";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["chain"] = Spec(new CascadeSpec { Variables = 8 }),
        ["single"] = Spec(new CascadeSpec { Variables = 1, Rate = (float)ExponentialRate }),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var (warmup, moments) = run.IsQuick ? (5_000, 4) : (12_000, 24);
        int[] powers = [.. Enumerable.Range(0, 21).Select(step => (int)Math.Round(4 * Math.Pow(2, step / 2d)))];
        int[] recent = [.. Enumerable.Range(0, 20).Select(step => 1 + (5 * step))];
        var chain = run.EachSeed(seed => Ratios(Specs["chain"], seed, powers, warmup, moments));
        var single = run.EachSeed(seed => Ratios(Specs["single"], seed, recent, 2_000, 2 * moments));
        var slopes = chain.Select(ratios => Line([.. powers.Select(age => Math.Log(age))], [.. ratios.Select(ratio => Math.Log(Math.Max(ratio, 1e-3)))])).ToArray();
        var decays = single.Select(ratios => Line([.. recent.Select(age => (double)age)], [.. ratios.Select(ratio => Math.Log(Math.Max(ratio, 1e-3)))])).ToArray();
        return new ExperimentResult(
            new Measurement("distance of the log-log slope from -0.5", [.. slopes.Select(line => Math.Abs(line.Slope + 0.5))]) { Bar = 0.1, LowerIsBetter = true },
            new Measurement("log-log slope, chain", [.. slopes.Select(line => line.Slope)]) { Anchor = -0.5 },
            new Measurement("R² of the power law, chain", [.. slopes.Select(line => line.Fit)]),
            new Measurement("decay of ln SNR per event, one variable", [.. decays.Select(line => line.Slope)]) { Anchor = Math.Log(1 - (ExponentialRate / 2)) },
            new Measurement("R² of the exponential, one variable", [.. decays.Select(line => line.Fit)]))
        {
            Details = new Dictionary<string, object>
            {
                ["ages"] = powers.Select(age => (double)age).ToArray(),
                ["SNR by age, chain, seed 1"] = chain[0],
                ["SNR by age 1, 6 … 96, one variable, seed 1"] = single[0],
            },
        };
    }

    /// <summary>SNR of memories of some ages, averaged over moments of a long stream and over outputs.</summary>
    private static double[] Ratios(ModelSpec spec, ulong seed, int[] ages, int warmup, int moments)
    {
        using var model = new Trainee(spec, seed);
        var random = new Random((int)seed);
        var stored = new List<(float[] Pattern, double[] Target)>();
        void Store(int count)
        {
            for (var n = 0; n < count; n++)
            {
                stored.Add((Pattern(random), [.. Enumerable.Range(0, Outputs).Select(_ => random.Next(2) == 0 ? -1d : 1d)]));
                model.Learn(stored[^1].Pattern, stored[^1].Target);
            }
        }

        Store(warmup);
        var (signal, noise, count) = (new double[ages.Length], 0d, 0);
        for (var moment = 0; moment < moments; moment++)
        {
            Store(100);
            for (var i = 0; i < ages.Length; i++)
            {
                // Neighbouring ages too, within 8 % on both sides, so that old memories are averaged over more patterns.
                var aside = Math.Min(ages[i] / 12, 20);
                var (from, to) = (ages[i] - aside, ages[i] + aside);
                var sum = 0d;
                for (var age = from; age <= to; age++)
                {
                    var (pattern, target) = stored[^age];
                    model.Predict(pattern);
                    sum += target.Select((sign, output) => sign * model.Prediction.Scores[output]).Average();
                }

                signal[i] += sum / (to - from + 1) / moments;
            }

            for (var n = 0; n < 50; n++)
            {
                model.Predict(Pattern(random));
                noise += model.Prediction.Scores.Take(Outputs).Sum(answer => (double)answer * answer);
                count += Outputs;
            }
        }

        return [.. signal.Select(mean => mean / Math.Sqrt(noise / count))];
    }

    private static float[] Pattern(Random random) => [.. Enumerable.Range(0, Inputs).Select(_ => random.Next(2) == 0 ? -1f : 1f)];

    /// <summary>Least-squares line: slope and share of variance explained.</summary>
    private static (double Slope, double Fit) Line(double[] x, double[] y)
    {
        var (mx, my) = (x.Average(), y.Average());
        var (xy, xx, yy) = (x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum(), x.Sum(a => (a - mx) * (a - mx)), y.Sum(b => (b - my) * (b - my)));
        return (xy / xx, xy * xy / (xx * yy));
    }

    private static ModelSpec Spec(CascadeSpec cascade) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = Inputs, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Value, Size = Outputs },
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input, Bias = false }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections =
            [
                new ProjectionSpec { Name = "memory", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 1e-4f }, cascade] },
            ],
            Head = new RegressionHeadSpec { Standardise = false },
        },
    };
}
