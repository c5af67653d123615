using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

/// <summary>Clusters, the rule that moves them and the head that judges, together: each is the others' input.</summary>
public sealed class NoveltyTests
{
    private const int Size = 3;
    private const int Clusters = 4;
    private const int Memory = 100;
    private const double Floor = 0.01;
    private const double Rate = 0.02;
    private const int Interval = 5;

    [Fact]
    public void Surprise_and_score_are_those_of_a_mixture_in_doubles()
    {
        using var trial = new Trial(Spec(0.9));
        var oracle = new Mixture();
        var past = new List<double>();
        for (var n = 0; n < 600; n++)
        {
            var x = Point(n);
            Observe(trial, x);
            if (n == 0)
            {
                Assert.Equal(0, trial.Outcome.Prediction.Count);
                oracle.Learn(x, null);
                continue;
            }

            var surprise = oracle.Surprise(x);
            Near.Equal(surprise, trial.Outcome.Prediction.Scores[0], 2e-3, $"surprise of event {n}");
            double? score = null;
            var window = past.TakeLast(Memory).Order().ToList();
            if (window.Count >= NoveltyHead.Fewest)
            {
                var median = window[Math.Min(window.Count - 1, window.Count / 2)];
                var threshold = window[Math.Min(window.Count - 1, (int)(0.9 * window.Count))];
                score = (surprise - median) / Math.Max(threshold - median, 1e-3);
                Near.Equal(score.Value, trial.Outcome.Prediction.Scores[1], 0.02, $"score of event {n}");
            }

            Assert.Equal(score is null ? 1 : 2, trial.Outcome.Prediction.Count);
            oracle.Learn(x, score);
            past.Add(surprise);
        }

        var metrics = trial.Model.Anomalies!;
        Assert.Equal((599L, Memory), (metrics.Count, metrics.Window));
        Assert.InRange(metrics.Anomalies / 599d, 0.03, 0.2);
        Assert.InRange(metrics.Rate!.Value, 0.01, 0.3);
        Assert.True(metrics.Surprises!["0.1"] < metrics.Surprises["0.5"] && metrics.Surprises["0.5"] < metrics.Threshold);
    }

    [Fact]
    public void A_single_anomaly_teaches_next_to_nothing_and_a_change_that_stays_is_followed()
    {
        using var trial = new Trial(Spec(0.95));
        for (var n = 0; n < 500; n++)
        {
            Observe(trial, Point(n));
        }

        float[] far = [9f, -9f, 9f];
        Observe(trial, far);
        var first = trial.Outcome.Prediction.Scores[1];
        Assert.True(first > 3f, $"score {first}");
        Assert.True(trial.Outcome.Protection[0] > 0.85f);
        Observe(trial, Point(501));
        Observe(trial, far);
        Assert.InRange(trial.Outcome.Prediction.Scores[1], 0.8f * first, 1.2f * first);

        for (var n = 0; n < 60; n++)
        {
            Observe(trial, [.. far.Select((value, i) => value + (0.3f * Draw.Normal(9, n, i)))]);
        }

        Observe(trial, far);
        Assert.True(trial.Outcome.Prediction.Scores[1] < 1.2f, $"after a lasting change the score is {trial.Outcome.Prediction.Scores[1]}");
    }

    [Fact]
    public void A_predict_gives_the_score_that_the_event_will_get_and_labels_are_left_aside()
    {
        using var trial = new Trial(Spec(0.95));
        using var labelled = new Trial(Spec(0.95));
        for (var n = 0; n < 200; n++)
        {
            var asked = trial.Predict(Point(n));
            Observe(trial, Point(n));
            Assert.Equal(asked, trial.Outcome.Prediction.Scores[..trial.Outcome.Prediction.Count]);
            Assert.True(trial.Prediction.IsNovelty);
            labelled.Learn(Point(n), "whatever");
        }

        Assert.Equal(trial.Hash, labelled.Hash);
    }

    private static void Observe(Trial trial, float[] x)
    {
        var builder = new PayloadBuilder();
        builder.Dense(x);
        trial.Apply(EventKind.Observed, builder.Written.Span);
    }

    private static float[] Point(int n)
    {
        var centre = Draw.Below(2, 3, n) == 0 ? 2f : -2f;
        return [.. Enumerable.Range(0, Size).Select(i => centre + (0.5f * Draw.Normal(4, n, i)))];
    }

    private static ModelSpec Spec(double quantile) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = Size, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Anomaly, Quantile = quantile },
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input, Bias = false }, new PopulationSpec { Name = "clusters", Kind = PopulationKind.Identity, Size = Clusters }],
            Projections =
            [
                new ProjectionSpec
                {
                    Name = "clusters",
                    From = "input",
                    To = "clusters",
                    Connection = new ClusterConnectionSpec { Floor = (float)Floor },
                    Rule = new ClusterRuleSpec { Rate = (float)Rate, Interval = Interval, OpeningModulator = quantile == 0.9 ? null : "ne" },
                },
            ],
            Credit = new NoCreditSpec(),
            Modulators = [new UnexpectedUncertaintySpec { Name = "ne", Fast = 10f, Slow = 200f, Threshold = 3f }],
            Head = new NoveltyHeadSpec { Memory = Memory },
        },
    };

    /// <summary>The same algorithm by the equations, in doubles, without an opening modulator.</summary>
    private sealed class Mixture
    {
        private readonly List<(double[] Mean, double[] Variance, double Events)> _clusters = [];
        private readonly double[] _mean = new double[Size];
        private readonly double[] _variance = new double[Size];
        private readonly double[] _shares = new double[Clusters];
        private double _seen;

        public double Surprise(float[] x) => -Math.Log(Enumerable.Range(0, _clusters.Count).Sum(j => Math.Exp(Drive(j, x))));

        public void Learn(float[] x, double? score)
        {
            var gate = score > 1 ? 1 / (score.Value * score.Value) : 1;
            var isFounding = _clusters.Count < Clusters && _seen >= _clusters.Count * Interval;
            var winner = isFounding ? _clusters.Count : Enumerable.Range(0, _clusters.Count).MaxBy(j => Drive(j, x));
            var factor = isFounding ? 1 : gate * Math.Max(Rate, 1 / (_clusters[winner].Events + 1));
            _seen++;
            var slow = Math.Max(0.1 * Rate, 1 / _seen);
            for (var i = 0; i < Size; i++)
            {
                var away = x[i] - _mean[i];
                _mean[i] += slow * away;
                _variance[i] += slow * (((1 - slow) * away * away) - _variance[i]);
            }

            if (isFounding)
            {
                _clusters.Add(([.. x.Select(value => (double)value)], [.. _variance.Select(variance => Math.Max(variance, Floor))], 1));
                _shares[winner] = Math.Max(_shares[winner], 1 / (Clusters + 1d));
            }
            else
            {
                var (mean, variance, events) = _clusters[winner];
                events += gate;
                var spread = Math.Min(factor, Math.Max(Rate, 1 / (events + 5)));
                for (var i = 0; i < Size; i++)
                {
                    var away = x[i] - mean[i];
                    variance[i] = Math.Max(variance[i] + (spread * (((1 - factor) * away * away) - variance[i])), Floor);
                    mean[i] += factor * away;
                }

                _clusters[winner] = (mean, variance, events);
            }

            var rate = gate * slow;
            for (var j = 0; j < Clusters; j++)
            {
                _shares[j] = (_shares[j] * (1 - rate)) + (j == winner ? rate : 0);
            }
        }

        private double Drive(int j, float[] x)
        {
            var (mean, variance, _) = _clusters[j];
            return Math.Log(Math.Max(_shares[j], 1e-6)) - (0.5 * Enumerable.Range(0, Size).Sum(i => (Math.Pow(x[i] - mean[i], 2) / variance[i]) + Math.Log(variance[i] / Floor)));
        }
    }
}
