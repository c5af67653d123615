using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// How well the preset without labels ranks what is unusual, against the largest running z-score over the features (mean and variance faded over 100 events), on generated streams:
/// points between the clusters of a mixture, the same while the clusters drift and jump, and values at the wrong time of a season.
/// </summary>
internal sealed class Anomaly : Experiment
{
    private const int Warmup = 1000;

    private static readonly string[] Kinds = ["mixture", "drift", "season"];

    public override string Name => "anomaly";

    public override string Protocol => "6,000 events, 2 % anomalies; mixture: 4 clusters in 6 dimensions, anomalies uniform in their box; drift: the clusters move and jump once; season: period 48, anomalies are values at the wrong time; AUC of the score before learning, after 1,000 events";

    public override int DefaultSeeds => 10;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["mixture"] = Spec(new InputSpec { Kind = InputKind.Vector, Size = AnomalyStream.Size }),
        ["season"] = Spec(new InputSpec
        {
            Kind = InputKind.Named,
            HashBits = 6,
            Lags = [new LagSpec { Feature = "value" }, new LagSpec { Feature = "value", Difference = true }, new LagSpec { Feature = "value", Steps = 2, Difference = true }],
        }),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var count = run.IsQuick ? 2500 : 6000;
        var measurements = new List<Measurement>();
        var details = new Dictionary<string, object>();
        foreach (var kind in Kinds)
        {
            var scores = run.EachSeed(seed => Measure(kind, seed, count));
            measurements.Add(new Measurement($"{kind}: AUC", [.. scores.Select(score => score.Ours)]) { Bar = 0.95 });
            measurements.Add(new Measurement($"{kind}: AUC of the running z-score", [.. scores.Select(score => score.Baseline)]));
            details[$"{kind}: share called anomalies"] = scores.Average(score => score.Rate);
            ExperimentRun.Progress($"{kind}: {scores.Average(score => score.Ours):F4}, z-score {scores.Average(score => score.Baseline):F4}, called {scores.Average(score => score.Rate):F4}");
        }

        return new ExperimentResult([.. measurements]) { Details = details };
    }

    private Scores Measure(string kind, ulong seed, int count)
    {
        using var model = new Trainee(Specs[kind == "season" ? kind : "mixture"], seed, "value");
        var stream = new AnomalyStream(seed, kind, count);
        var baseline = new RunningDeviation(kind == "season" ? 1 : AnomalyStream.Size);
        var ours = new List<(double Score, bool IsAnomaly)>();
        var theirs = new List<(double Score, bool IsAnomaly)>();
        var called = 0;
        for (var n = 0; n < count; n++)
        {
            var (x, isAnomaly) = stream.Next();
            if (kind == "season")
            {
                model.Observe([(double)x[0]]);
            }
            else
            {
                model.Observe(x);
            }

            var deviation = baseline.Score(x);
            if (n >= Warmup)
            {
                var score = model.Outcome.Prediction.Scores[1];
                ours.Add((score, isAnomaly));
                theirs.Add((deviation, isAnomaly));
                called += score > 1f ? 1 : 0;
            }
        }

        return new Scores(AreaUnderCurve(ours), AreaUnderCurve(theirs), called / (double)ours.Count);
    }

    /// <summary>Chance that an anomaly is ranked above what is none; ties count half.</summary>
    private static double AreaUnderCurve(List<(double Score, bool IsAnomaly)> scored)
    {
        var anomalies = scored.Where(one => one.IsAnomaly).Select(one => one.Score).ToArray();
        var normal = scored.Where(one => !one.IsAnomaly).Select(one => one.Score).Order().ToArray();
        var sum = 0d;
        foreach (var score in anomalies)
        {
            var (below, notAbove) = (LowerBound(normal, score), LowerBound(normal, Math.BitIncrement(score)));
            sum += below + (0.5 * (notAbove - below));
        }

        return sum / ((double)anomalies.Length * normal.Length);
    }

    private static int LowerBound(double[] sorted, double value)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle] < value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static ModelSpec Spec(InputSpec input) => Presets.Expand(new CreateModelRequest { Preset = "anomaly", Input = input, Target = new TargetSpec { Kind = TargetKind.Anomaly, Quantile = 0.98 } });

    private sealed record Scores(double Ours, double Baseline, double Rate);

    /// <summary>The baseline: the largest |z| over the features.</summary>
    private sealed class RunningDeviation(int size)
    {
        private const double Rate = 0.01;
        private readonly double[] _mean = new double[size];
        private readonly double[] _variance = new double[size];
        private int _count;

        public double Score(float[] x)
        {
            _count++;
            var rate = Math.Max(Rate, 1d / _count);
            var largest = 0d;
            for (var i = 0; i < _mean.Length; i++)
            {
                var away = x[i] - _mean[i];
                largest = Math.Max(largest, Math.Abs(away) / Math.Sqrt(_variance[i] + 1e-9));
                _mean[i] += rate * away;
                _variance[i] += rate * ((away * (x[i] - _mean[i])) - _variance[i]);
            }

            return largest;
        }
    }
}
