using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

public sealed class ValueEnsembleHeadTests
{
    private const int Members = 3;
    private const int Outputs = 2;
    private static readonly ValueEnsembleHeadSpec Spec = new() { Populations = [], Memory = 20f, Rate = 0.1f, Clip = 3f };

    [Fact]
    public void Answers_credit_losses_and_weights_follow_the_equations()
    {
        using var rig = new Rig();
        var oracles = Enumerable.Range(0, Outputs).Select(_ => new Oracle()).ToArray();
        for (var n = 0; n < 200; n++)
        {
            var importance = 2f * Draw.Uniform(6, n);
            double[] targets = [50 + (10 * Draw.Normal(3, n)), n % 40 == 39 ? 500 : Draw.Normal(4, n)];
            var drives = Enumerable.Range(0, Members).Select(i => Draw.Normals(Outputs, 7 + i, n)).ToArray();
            for (var output = 0; output < Outputs; output++)
            {
                // The first member nearly knows, the others guess.
                drives[0][output] = (float)oracles[output].InUnitsOf(targets[output]) + (0.1f * drives[0][output]);
            }

            var values = rig.Read(drives);
            var loss = 0d;
            for (var output = 0; output < Outputs; output++)
            {
                Near.Equal(oracles[output].Answer([.. drives.Select(drive => (double)drive[output])]), values[output], 2e-3, $"answer {output} of event {n}");
                loss += oracles[output].Learn(targets[output], importance) / Outputs;
            }

            Near.Equal(loss, rig.Learn(targets, importance).Loss, 1e-2 * Math.Max(1, loss), $"loss of event {n}");
            for (var output = 0; output < Outputs; output++)
            {
                for (var i = 0; i < Members; i++)
                {
                    Near.Equal(oracles[output].Errors[i], rig.Credit(i)[output], 1e-2, "credit of a member for its own error");
                }

                for (var i = 0; i < Members + 2; i++)
                {
                    Near.Equal(oracles[output].Losses[i], rig.Slot("head.fadedLosses")[(16 * i) + output], 1e-2 * Math.Max(1, oracles[output].Losses[i]), $"faded loss {i} of output {output} after event {n}");
                    Near.Equal(oracles[output].Weights[i], rig.Slot("head.stackedWeights")[(16 * i) + output], 2e-2, $"stacked weight {i} of output {output} after event {n}");
                }
            }
        }

        Assert.True(oracles[0].Weights[0] > oracles[0].Weights[1]);
    }

    [Fact]
    public void The_first_answer_is_zero_and_the_first_target_costs_what_knowing_nothing_costs()
    {
        using var rig = new Rig();
        Assert.Equal([0, 0], rig.Read([[0f, 0f], [0f, 0f], [0f, 0f]]));
        Assert.Equal(1f, rig.Score([3e6, -2]).Loss);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1e16)]
    public void A_target_beyond_what_can_be_summed_gives_a_loss_that_the_guard_refuses(double target)
    {
        using var rig = new Rig();
        rig.Read([[0f, 0f], [0f, 0f], [0f, 0f]]);
        Assert.False(float.IsFinite(rig.Score([1, target]).Loss));
    }

    [Fact]
    public void A_nan_of_a_member_reaches_the_loss()
    {
        using var rig = new Rig();
        rig.Read([[0f, 0f], [0f, 0f], [0f, 0f]]);
        rig.Learn([1, 2], 1f);
        rig.Read([[0f, 0f], [0f, float.NaN], [0f, 0f]]);
        Assert.False(float.IsFinite(rig.Score([1, 2]).Loss));
    }

    [Fact]
    public void Where_members_know_nothing_the_last_target_is_followed()
    {
        using var rig = new Rig();
        var (error, ofMean) = (0d, 0d);
        for (var n = 0; n < 400; n++)
        {
            var level = n / 50;
            var value = rig.Read([[0f, 0f], [0f, 0f], [0f, 0f]])[0];
            error += n < 200 || n % 50 == 0 ? 0 : Math.Abs(value - level);
            ofMean += n < 200 || n % 50 == 0 ? 0 : Math.Abs((level / 2d) - level);
            rig.Learn([level, 0], 1f);
        }

        Assert.True(error < ofMean / 5, $"{error} where the mean costs {ofMean}");
    }

    /// <summary>One output in double, straight from the equations.</summary>
    private sealed class Oracle
    {
        private double _count, _fadedCount, _mean, _variance, _last, _recent, _error;
        private double[] _answers = [];

        public double[] Losses { get; } = new double[Members + 2];

        public double[] Weights { get; } = new double[Members + 2];

        public double[] Errors { get; } = new double[Members];

        private double Deviation => Root(_variance);

        private double Best => Math.Max(Losses.Min() / Math.Max(_fadedCount, 1), 1e-8);

        public double InUnitsOf(double target) => (target - _mean) / Deviation;

        public double Answer(double[] drives)
        {
            Drives = drives;
            _answers = [.. drives.Append(InUnitsOf(_last)).Append(InUnitsOf(_recent)).Select(z => Math.Clamp(z, -10, 10))];
            return _mean + (Deviation * (Averaged() + Stacked()) / 2);
        }

        public double Learn(double target, double importance)
        {
            importance = Math.Min(importance, 1);
            var answer = Answer(Drives);
            var memory = Math.Min(_count + 1, 20_000);
            var mean = _mean + ((target - _mean) / memory);
            var variance = _variance + ((((target - _mean) * (target - mean)) - _variance) / memory);
            var z = (target - mean) / Root(variance);
            var limit = _count < 30 ? double.MaxValue : Spec.Clip * Math.Max(_error, 1e-6);
            var (stacked, own, best, shares) = (Stacked(), (Averaged() + Stacked()) / 2, Best, Softmax());
            var loss = _count == 0 ? 1 : Math.Pow((target - answer) / Root(variance), 2);
            _fadedCount = ((1 - (1d / Spec.Memory)) * _fadedCount) + importance;
            for (var i = 0; i < Members + 2; i++)
            {
                var error = Math.Clamp(z - _answers[i], -limit, limit);
                Losses[i] = ((1 - (1d / Spec.Memory)) * Losses[i]) + (importance * error * error);
                var step = Spec.Rate * Math.Clamp(z - stacked, -limit, limit) / best * shares[i] * (_answers[i] - stacked);
                Weights[i] = Math.Clamp(Weights[i] + (importance * Math.Clamp(step, -0.5, 0.5)), -8, 8);
            }

            for (var i = 0; i < Members; i++)
            {
                Errors[i] = Math.Clamp(z - Drives[i], -limit, limit);
            }

            _count++;
            (_mean, _variance, _last) = (mean, variance, target);
            _recent += (target - _recent) / Math.Min(_count, 20);
            _error += (Math.Abs(Math.Clamp(z - own, -limit, limit)) - _error) / Math.Min(_count, 50);
            return loss;
        }

        private double[] Drives { get; set; } = [];

        private double Averaged()
        {
            var shares = Losses.Select(loss => Math.Exp((Losses.Min() - loss) / (2 * Best))).ToArray();
            return shares.Zip(_answers, (share, z) => share * z).Sum() / shares.Sum();
        }

        private double Stacked() => Softmax().Zip(_answers, (share, z) => share * z).Sum();

        private double[] Softmax() => [.. Weights.Select(weight => Math.Exp(weight) / Weights.Sum(Math.Exp))];

        private static double Root(double variance) => variance > 1e-24 ? Math.Sqrt(variance) : 1;
    }

    private sealed class Rig : IDisposable
    {
        private readonly Workbench _bench = new();
        private readonly IdentityPopulation[] _outputs;
        private readonly ValueEnsembleHead _head;

        public Rig()
        {
            _outputs = [.. Enumerable.Range(0, Members).Select(i => new IdentityPopulation(_bench.Layout, $"output-{i}", Outputs, hasBias: false))];
            _head = new ValueEnsembleHead(_bench.Layout, _outputs, Spec);
            _bench.Build();
        }

        public float[] Credit(int member) => _bench.Learn().View(_outputs[member].Credit).ToArray();

        public float[] Slot(string name) => _bench.Learn().View(_bench.Layout.Build().Slots.Single(slot => slot.Name == name).Slot).ToArray();

        public double[] Read(float[][] drives)
        {
            for (var i = 0; i < Members; i++)
            {
                drives[i].CopyTo(_bench.Learn().Write(_outputs[i].Drive));
            }

            var prediction = new PredictionBuffer();
            _head.Read(0, _bench.Predict(), prediction);
            return [.. prediction.Scores.Take(prediction.Count).Select(score => (double)score)];
        }

        public StepOutcome Score(double[] targets) => _head.Score(new HeadTarget { Label = -1, Values = targets }, _bench.Learn());

        public StepOutcome Learn(double[] targets, float importance)
        {
            var target = new HeadTarget { Label = -1, Values = targets };
            var outcome = _head.Score(target, _bench.Learn(importance));
            _head.Commit(target, _bench.Learn(importance));
            return outcome;
        }

        public void Dispose() => _bench.Dispose();
    }
}
