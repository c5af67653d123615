using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

public sealed class EnsembleHeadTests
{
    private const int Members = 3;
    private static readonly EnsembleHeadSpec Spec = new() { Members = [], FastRate = 0.1f, SlowRate = 0.01f, Memory = 20f };

    [Fact]
    public void Answers_and_weights_follow_the_equations_and_move_to_the_better_member()
    {
        using var rig = new Rig();
        var oracle = new MixtureOracle();
        for (var n = 0; n < 300; n++)
        {
            var classes = n < 30 ? 2 : 4;
            var label = Draw.Below(classes, 5, n);
            var importance = 2f * Draw.Uniform(6, n);
            // The first member knows, the second guesses, the third is wrong more often than not.
            var drives = Enumerable.Range(0, Members).Select(i => Draw.Normals(classes, 7 + i, n)).ToArray();
            drives[0][label] += 3f;
            drives[2][label] -= 1f;
            var p = drives.Select(Softmax).ToArray();
            var expected = oracle.Answer(p);
            var scores = rig.Read(classes, drives);
            for (var k = 0; k < classes; k++)
            {
                Near.Equal(expected[k], scores[k], 1e-4, $"answer {k} of event {n}");
            }

            Near.Equal(1, scores.Sum());
            Assert.Equal(Array.IndexOf(scores, scores.Max()), rig.Prediction.Label);
            Near.Equal(-Math.Log(expected[label]), rig.Learn(label, classes, importance).Loss, 1e-3);
            oracle.Learn(p, label, importance);
            for (var i = 0; i < Members; i++)
            {
                Near.Equal(oracle.Weights[0][i], rig.Slot("head.fastWeights")[i], 1e-3, $"fast weight {i} after event {n}");
                Near.Equal(oracle.Weights[1][i], rig.Slot("head.slowWeights")[i], 1e-3, $"slow weight {i} after event {n}");
                Near.Equal(oracle.Losses[i], rig.Slot("head.fadedLosses")[i], 1e-3, $"faded loss {i} after event {n}");
                for (var k = 0; k < classes; k++)
                {
                    Near.Equal((k == label ? 1 : 0) - p[i][k], rig.Credit(i)[k], 1e-5, "credit of a member for its own error");
                }
            }
        }

        foreach (var name in new[] { "head.fastWeights", "head.slowWeights" })
        {
            var weights = rig.Slot(name);
            Assert.True(weights[0] > 0.5f && weights[0] > weights[1] && weights[1] > weights[2], $"{name}: {string.Join(", ", weights[..3])}");
        }

        Assert.True(rig.Slot("head.fadedLosses")[0] < rig.Slot("head.fadedLosses")[1]);
    }

    [Fact]
    public void Certain_members_are_limited_and_weights_stay_within_their_bounds()
    {
        using var rig = new Rig();
        var oracle = new MixtureOracle();
        for (var n = 0; n < 200; n++)
        {
            float[][] drives = [[2f, 0f], [0f, 0f], [-60f, 60f]];
            var p = drives.Select(Softmax).ToArray();
            Near.Equal(oracle.Answer(p)[0], rig.Read(2, drives)[0], 1e-4);
            rig.Learn(0, 2, 1f);
            oracle.Learn(p, 0, 1f);
            Near.Equal(oracle.Weights[0][2], rig.Slot("head.fastWeights")[2], 1e-3);
        }

        Assert.Equal(-0.2f, rig.Slot("head.fastWeights")[2]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public void A_nan_of_any_member_gives_a_nan_loss_for_the_guard(int member, int at)
    {
        using var rig = new Rig();
        float[][] drives = [[1f, 0f], [0f, 1f], [0.5f, 0f]];
        drives[member][at] = float.NaN;
        rig.Read(2, drives);
        Assert.False(float.IsFinite(rig.Score(0, 2).Loss));
        Assert.Equal([0.3f, 0.3f, 0.3f], rig.Slot("head.fastWeights")[..3]);
    }

    [Fact]
    public void What_was_read_stands_for_one_score_only_and_for_as_many_classes()
    {
        using var rig = new Rig();
        float[][] drives = [[1f, 0f, 2f], [0f, 1f, 0f], [0.5f, 0f, 0f]];
        float[][] others = [[3f, 0f, 0f], [0f, -1f, 0f], [0.5f, 0f, 1f]];
        var expected = new MixtureOracle();
        rig.Read(3, drives, isLearning: true);
        Near.Equal(-Math.Log(expected.Answer([.. drives.Select(Softmax)])[2]), rig.Score(2, 3).Loss, 1e-4);
        rig.Set(others);
        Near.Equal(-Math.Log(expected.Answer([.. others.Select(Softmax)])[2]), rig.Score(2, 3).Loss, 1e-4);
        rig.Read(2, drives, isLearning: true);
        Near.Equal(-Math.Log(expected.Answer([.. drives.Select(Softmax)])[2]), rig.Score(2, 3).Loss, 1e-4);
    }

    [Fact]
    public void Labels_that_persist_are_followed_where_features_say_nothing()
    {
        using var rig = new Rig(Spec with { Recent = true });
        var oracle = new RecentOracle();
        var right = 0;
        for (var n = 0; n < 600; n++)
        {
            var classes = n < 40 ? 2 : 3;
            var label = Draw.Below(classes, 5, n / 20);
            float[][] drives = [new float[classes], new float[classes], new float[classes]];
            rig.Read(classes, drives, isLearning: true);
            right += n >= 200 && rig.Prediction.Label == label ? 1 : 0;
            for (var k = 0; k < classes; k++)
            {
                Near.Equal(oracle.Probability(k, classes), Math.Exp(rig.Logs(3)[k]), 1e-3, $"class {k} of event {n}");
            }

            rig.Learn(label, classes, 1f);
            oracle.Learn(label, classes);
        }

        Assert.True(right > 360, $"{right} of 400");
        Assert.True(rig.Slot("head.slowWeights")[3] > 0f);
    }

    [Fact]
    public void Members_that_retain_answer_for_classes_that_stopped_coming()
    {
        var spec = Spec with
        {
            Members = [.. Enumerable.Range(0, Members).Select(i => new EnsembleMemberSpec { Population = $"output-{i}", Head = new SoftmaxHeadSpec(), Retains = i < 2 })],
            Absence = 30f,
        };
        using var rig = new Rig(spec);
        var oracle = new MixtureOracle();
        var (absences, presences) = (0, 0);
        for (var n = 0; n < 400; n++)
        {
            // Class 0 comes in the first 100 events only.
            var classes = n < 100 ? 2 : 3;
            var label = n < 100 ? Draw.Below(2, 5, n) : 1 + Draw.Below(2, 5, n);
            var drives = Enumerable.Range(0, Members).Select(i => Draw.Normals(classes, 17 + i, n)).ToArray();

            // Little looks like it from then on, or it would be taken for renamed.
            drives[0][0] -= n < 100 ? 0f : 2f;
            drives[1][0] -= n < 100 ? 0f : 2f;
            var p = drives.Select(Softmax).ToArray();
            var mixed = oracle.Answer(p);
            var scores = rig.Read(classes, drives);
            var retained = oracle.Retained([p[0], p[1]])[0];
            var isAbsent = oracle.IsAbsent(0, spec.Absence);
            for (var k = 0; k < classes; k++)
            {
                Near.Equal(!isAbsent ? mixed[k] : k == 0 ? retained : (1 - retained) * mixed[k] / (1 - mixed[0]), scores[k], 1e-4, $"answer {k} of event {n}");
            }

            absences += isAbsent ? 1 : 0;
            presences += isAbsent ? 0 : 1;
            Near.Equal(1, scores.Sum(), 1e-4);
            Near.Equal(-Math.Log(scores[label]), rig.Learn(label, classes, 1f).Loss, 1e-3);
            oracle.Sharpen([p[0], p[1]], label);
            oracle.Learn(p, label, 1f);
            Near.Equal(oracle.Sharpness, 1 + rig.Slot("head.fastWeights")[Members], 1e-3, $"sharpness after event {n}");
        }

        // Some 50 events of class 0, half of all at first: 30 were to be expected after about 120 more.
        Assert.InRange(absences, 100, 260);
        Assert.InRange(presences, 140, 300);
    }

    [Theory]
    [InlineData(0.9, 1.5f, 3f)]
    [InlineData(0.5, 0f, 0.8f)]
    public void What_retaining_members_say_becomes_as_sure_as_it_is_right(double right, float least, float most)
    {
        var spec = Spec with { Members = [.. Enumerable.Range(0, Members).Select(i => new EnsembleMemberSpec { Population = $"output-{i}", Head = new SoftmaxHeadSpec(), Retains = i == 0 })] };
        using var rig = new Rig(spec);
        for (var n = 0; n < 1000; n++)
        {
            // It says its class with 0.75; how often that is right is another matter.
            var label = Draw.Below(2, 5, n);
            var said = Draw.Uniform(6, n) < right ? label : 1 - label;
            var drives = new[] { new float[2], new float[2], new float[2] };
            drives[0][said] = MathF.Log(3f);
            rig.Read(2, drives);
            rig.Learn(label, 2, 1f);
        }

        Assert.InRange(1f + rig.Slot("head.fastWeights")[Members], least, most);
    }

    [Fact]
    public void There_is_no_answer_before_the_first_label()
    {
        using var rig = new Rig();
        Assert.Empty(rig.Read(0, [[], [], []]));
        Assert.Equal(-1, rig.Prediction.Label);
    }

    private static double[] Softmax(float[] drive)
    {
        var all = drive.Select(d => Math.Exp((double)d - drive.Max())).ToArray();
        return [.. all.Select(e => e / all.Sum())];
    }

    /// <summary>The three mixtures in double, straight from the equations.</summary>
    private sealed class MixtureOracle
    {
        private readonly double[] _rates = [Spec.FastRate, Spec.SlowRate];

        public double[][] Weights { get; } = [[0.3, 0.3, 0.3], [0.3, 0.3, 0.3]];

        public double[] Losses { get; } = new double[Members];

        public double Sharpness { get; private set; } = 1;

        private List<int> Labels { get; } = [];

        private List<int> Sure { get; } = [];

        public double[] Retained(double[][] p)
        {
            var q = Enumerable.Range(0, p[0].Length).Select(k => Math.Pow(p.Average(one => one[k]), Sharpness)).ToArray();
            return [.. q.Select(value => value / q.Sum())];
        }

        public void Sharpen(double[][] p, int label)
        {
            double Log(int k) => Math.Log(p.Average(one => one[k]));
            var q = Retained(p);
            var means = Enumerable.Range(0, q.Length).Select(k => p.Average(one => one[k])).ToArray();
            Sure.Add(means.Max() >= 0.5 ? Array.IndexOf(means, means.Max()) : -1);
            Sharpness = Math.Clamp(Sharpness + (Spec.FastRate * Math.Clamp(Log(label) - Enumerable.Range(0, q.Length).Sum(k => q[k] * Log(k)), -8, 8)), 0, 3);
        }

        public bool IsAbsent(int label, double bound)
        {
            var count = Labels.Count(one => one == label);
            var last = Labels.LastIndexOf(label);
            var missed = (double)(Labels.Count - 1 - last) * count;
            var events = Labels.Count - Labels.IndexOf(label);
            return count > 0 && missed > bound * events && Sure.Skip(last + 1).Count(one => one == label) * events < 0.5 * missed;
        }

        public double[] Answer(double[][] p)
        {
            var shares = Losses.Select(loss => Math.Exp(-loss)).ToArray();
            return [.. Enumerable.Range(0, p[0].Length).Select(k =>
                (Geometric(0, p)[k] + Geometric(1, p)[k] + (Enumerable.Range(0, Members).Sum(i => shares[i] * p[i][k]) / shares.Sum())) / 3)];
        }

        public void Learn(double[][] p, int label, double importance)
        {
            Labels.Add(label);
            importance = Math.Min(importance, 1);
            double[][] mixtures = [Geometric(0, p), Geometric(1, p)];
            for (var i = 0; i < Members; i++)
            {
                Losses[i] = ((1 - (1d / Spec.Memory)) * Losses[i]) - (importance * Log(p[i][label]));
                for (var speed = 0; speed < 2; speed++)
                {
                    var gradient = Log(p[i][label]) - Enumerable.Range(0, p[i].Length).Sum(k => mixtures[speed][k] * Log(p[i][k]));
                    Weights[speed][i] = Math.Clamp(Weights[speed][i] + (importance * _rates[speed] * Math.Clamp(gradient, -8, 8)), -0.2, 3);
                }
            }
        }

        private static double Log(double p) => Math.Log(Math.Clamp(p, 0.01, 0.99));

        private double[] Geometric(int speed, double[][] p)
        {
            var q = Enumerable.Range(0, p[0].Length).Select(k => Math.Exp(Enumerable.Range(0, Members).Sum(i => Weights[speed][i] * Log(p[i][k])))).ToArray();
            return [.. q.Select(value => value / q.Sum())];
        }
    }

    /// <summary>What labels do by themselves, in double; limited as logarithms are.</summary>
    private sealed class RecentOracle
    {
        private readonly double[] _frequencies = new double[16];
        private double _stay;
        private int _last = -1;
        private int _count;

        public double Probability(int k, int classes)
        {
            var rest = Enumerable.Range(0, classes).Where(other => other != _last).Sum(other => _frequencies[other] + 1e-3);
            return Math.Clamp(k == _last ? _stay : (1 - _stay) * (_frequencies[k] + 1e-3) / rest, 0.01, 0.99);
        }

        public void Learn(int label, int classes)
        {
            _count++;
            for (var k = 0; k < classes; k++)
            {
                _frequencies[k] += ((k == label ? 1 : 0) - _frequencies[k]) / Math.Min(_count, 200);
            }

            _stay += _last < 0 ? 0 : ((_last == label ? 1 : 0) - _stay) / Math.Min(_count, 100);
            _last = label;
        }
    }

    /// <summary>An ensemble of softmax heads over populations whose drives are set by hand.</summary>
    private sealed class Rig : IDisposable
    {
        private readonly Workbench _bench = new();
        private readonly IdentityPopulation[] _outputs;
        private readonly EnsembleHead _head;

        public Rig(EnsembleHeadSpec? spec = null)
        {
            _outputs = [.. Enumerable.Range(0, Members).Select(i => new IdentityPopulation(_bench.Layout, $"output-{i}", 16, hasBias: false))];
            _head = new EnsembleHead(_bench.Layout, [.. _outputs.Select((output, i) => new SoftmaxHead(_bench.Layout, $"member-{i}", output, new()))], 16, spec ?? Spec);
            _bench.Build();
            _head.Initialise(_bench.Learn());
        }

        public PredictionBuffer Prediction { get; } = new();

        public float[] Credit(int member) => _bench.Learn().View(_outputs[member].Credit).ToArray();

        public float[] Logs(int member) => Slot("head.logProbabilities")[(16 * member)..(16 * (member + 1))];

        public float[] Slot(string name) => _bench.Learn().View(_bench.Layout.Build().Slots.Single(slot => slot.Name == name).Slot).ToArray();

        public void Set(float[][] drives)
        {
            for (var i = 0; i < Members; i++)
            {
                var drive = _bench.Learn().Write(_outputs[i].Drive);
                drive.Clear();
                drives[i].CopyTo(drive);
            }
        }

        public double[] Read(int classes, float[][] drives, bool isLearning = false)
        {
            Set(drives);
            _head.Read(classes, isLearning ? _bench.Learn() : _bench.Predict(), Prediction);
            return [.. Prediction.Scores.Take(Prediction.Count).Select(score => (double)score)];
        }

        public StepOutcome Score(int label, int classes) => _head.Score(new HeadTarget { Label = label, ClassCount = classes }, _bench.Learn());

        public StepOutcome Learn(int label, int classes, float importance)
        {
            var target = new HeadTarget { Label = label, ClassCount = classes };
            var outcome = _head.Score(target, _bench.Learn(importance));
            _head.Commit(target, _bench.Learn(importance));
            return outcome;
        }

        public void Dispose() => _bench.Dispose();
    }
}
