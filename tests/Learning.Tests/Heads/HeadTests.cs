using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

/// <summary>A head over an output population whose drives are set by hand.</summary>
internal sealed class HeadRig : IDisposable
{
    private readonly Workbench _bench = new();
    private readonly IHead _head;
    private readonly IdentityPopulation _output;

    public HeadRig(int outputs, Func<Workbench, Population, IHead> create)
    {
        _output = new IdentityPopulation(_bench.Layout, "output", outputs, hasBias: false);
        _head = create(_bench, _output);
        _bench.Build();
    }

    public PredictionBuffer Prediction { get; } = new();

    public float[] Credit => _bench.Learn().View(_output.Credit)[.._output.Units].ToArray();

    public double[] Read(int classes, params float[] drive)
    {
        var step = _bench.Learn();
        step.Write(_output.Drive).Clear();
        drive.CopyTo(step.Write(_output.Drive));
        _head.Read(classes, step, Prediction);
        return [.. Prediction.Scores.Take(Prediction.Count).Select(score => (double)score)];
    }

    public StepOutcome Score(int label, int classes) => _head.Score(new HeadTarget { Label = label, ClassCount = classes }, _bench.Learn());

    public StepOutcome Score(params double[] targets) => _head.Score(new HeadTarget { Label = -1, Values = targets }, _bench.Learn());

    public void Commit(params double[] targets) => _head.Commit(new HeadTarget { Label = -1, Values = targets }, _bench.Learn());

    public void Dispose() => _bench.Dispose();
}

public sealed class SoftmaxHeadTests
{
    [Theory]
    [InlineData(2, 16)]
    [InlineData(15, 16)]
    [InlineData(17, 32)]
    public void Probabilities_loss_and_credit_follow_the_textbook(int classes, int capacity)
    {
        using var rig = new HeadRig(capacity, (bench, output) => new SoftmaxHead(bench.Layout, "head", output, new()));
        for (var n = 0; n < 10; n++)
        {
            var drive = Draw.Normals(classes, 1, n).Select(x => x * 5f).ToArray();
            var sum = drive.Sum(d => Math.Exp(d));
            var p = drive.Select(d => Math.Exp(d) / sum).ToArray();
            var scores = rig.Read(classes, drive);
            for (var i = 0; i < classes; i++)
            {
                Near.Equal(p[i], scores[i], 1e-6);
            }

            Assert.Equal(Array.IndexOf(drive, drive.Max()), rig.Prediction.Label);
            var label = n % classes;
            var outcome = rig.Score(label, classes);
            Near.Equal(-Math.Log(Math.Max(p[label], 1e-7)), outcome.Loss, 1e-5);
            Near.Equal(Math.Min(4, outcome.Loss / Math.Log(classes)), outcome.Surprise, 1e-5);
            for (var i = 0; i < capacity; i++)
            {
                Near.Equal((i == label ? 1 : 0) - (i < classes ? p[i] : 0), rig.Credit[i], 1e-6);
            }
        }
    }

    [Fact]
    public void Large_drives_do_not_overflow()
    {
        using var rig = new HeadRig(16, (bench, output) => new SoftmaxHead(bench.Layout, "head", output, new()));
        Assert.Equal([1, 0], rig.Read(2, 1e8f, -1e8f).Select(p => Math.Round(p, 6)));
        Assert.True(float.IsFinite(rig.Score(1, 2).Loss));
    }

    [Fact]
    public void There_is_no_answer_before_the_first_label()
    {
        using var rig = new HeadRig(16, (bench, output) => new SoftmaxHead(bench.Layout, "head", output, new()));
        Assert.Empty(rig.Read(0));
        Assert.Equal(-1, rig.Prediction.Label);
    }
}

public sealed class LeastSquaresHeadTests
{
    [Fact]
    public void Drives_are_limited_and_normalised_and_credit_is_the_residual()
    {
        using var rig = new HeadRig(16, (_, output) => new LeastSquaresHead(output));
        var scores = rig.Read(4, 0.5f, -0.2f, 1.4f, 0.25f);
        var sum = 0.5 + 0.001 + 1 + 0.25;
        double[] expected = [0.5 / sum, 0.001 / sum, 1 / sum, 0.25 / sum];
        for (var i = 0; i < 4; i++)
        {
            Near.Equal(expected[i], scores[i], 1e-6);
        }

        Assert.Equal(2, rig.Prediction.Label);
        var outcome = rig.Score(0, 4);
        Near.Equal(-Math.Log(0.5 / sum), outcome.Loss);
        Assert.Equal([0.5f, 0.2f, -1.4f, -0.25f, 0f], rig.Credit.Take(5));
    }

    [Fact]
    public void A_class_that_appears_is_scored_from_a_drive_of_zero()
    {
        using var rig = new HeadRig(16, (_, output) => new LeastSquaresHead(output));
        rig.Read(1, 1f);
        rig.Score(1, 2);
        Assert.Equal([-1f, 1f, 0f], rig.Credit.Take(3));
    }

    [Fact]
    public void A_nan_drive_gives_a_nan_loss_for_the_guard()
    {
        using var rig = new HeadRig(16, (_, output) => new LeastSquaresHead(output));
        rig.Read(2, float.NaN, 1f);
        Assert.False(float.IsFinite(rig.Score(1, 2).Loss));
    }
}

public sealed class RegressionHeadTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Answers_loss_and_credit_are_in_units_of_the_running_spread(bool standardise)
    {
        using var rig = new HeadRig(2, (bench, output) => new RegressionHead(bench.Layout, output, new RegressionHeadSpec { Standardise = standardise }));
        var seen = new List<double[]>();
        for (var n = 0; n < 60; n++)
        {
            double[] target = [100 + (7 * Draw.Normal(1, n, 0)), 0.01 * Draw.Normal(1, n, 1)];
            var drive = Draw.Normals(2, 2, n);
            var answer = rig.Read(0, drive);
            var outcome = rig.Score(target);
            var loss = 0d;
            for (var i = 0; i < 2; i++)
            {
                var mean = seen.Count == 0 ? 0 : seen.Average(t => t[i]);
                var deviation = seen.Count < 2 ? 1 : Math.Sqrt(seen.Average(t => Math.Pow(t[i] - mean, 2)));
                var expected = standardise ? mean + (drive[i] * deviation) : drive[i];
                Near.Equal(expected, answer[i], 1e-4);
                var all = seen.Append(target).Select(t => t[i]).ToArray();
                var meanOfAll = all.Average();
                var deviationOfAll = all.Length < 2 ? 1 : Math.Sqrt(all.Average(t => Math.Pow(t - meanOfAll, 2)));
                Near.Equal(standardise ? ((target[i] - meanOfAll) / deviationOfAll) - drive[i] : target[i] - expected, rig.Credit[i], 1e-3);
                loss += seen.Count == 0 ? 0.5 : Math.Pow((target[i] - expected) / deviationOfAll, 2) / 2;
            }

            Near.Equal(loss, outcome.Loss, 2e-3);
            Near.Equal(Math.Min(4, loss), outcome.Surprise, 2e-3);
            rig.Commit(target);
            seen.Add(target);
        }
    }

    [Fact]
    public void A_target_beyond_what_the_statistics_can_hold_is_refused_by_an_infinite_loss()
    {
        using var rig = new HeadRig(1, (bench, output) => new RegressionHead(bench.Layout, output, new RegressionHeadSpec()));
        rig.Read(0, 0f);
        Assert.Equal(float.PositiveInfinity, rig.Score(1e20).Loss);
        Assert.Equal(float.PositiveInfinity, rig.Score(-1e300).Loss);
        Assert.False(float.IsFinite(rig.Score(double.NaN).Loss));
    }

    [Fact]
    public void Targets_that_never_vary_are_predicted_by_their_mean()
    {
        using var rig = new HeadRig(1, (bench, output) => new RegressionHead(bench.Layout, output, new RegressionHeadSpec()));
        for (var n = 0; n < 5; n++)
        {
            rig.Commit(3);
        }

        Near.Equal(3, rig.Read(0, 0f)[0]);
    }
}
