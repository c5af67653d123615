using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class HomeostaticRuleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(33)]
    public void Thresholds_move_by_the_share_less_what_the_unit_did(int units)
    {
        using var rig = new Rig(units, new HomeostaticRuleSpec { LeastShare = 0.1f, LargestShare = 0.6f }, 0.1f);
        var oracle = rig.Thresholds();
        for (var n = 0; n < 50; n++)
        {
            var weight = n % 5 == 0 ? 0f : n % 5 == 1 ? 3f : 0.5f;
            var drive = rig.Step(n, weight);
            for (var j = 0; j < units; j++)
            {
                var share = 0.1 + (0.5 * (j + 0.5) / units);
                oracle[j] += 0.1 * Math.Min(weight, 1) * (share - (drive[j] > 0 ? 1 : 0));
                Near.Equal(oracle[j], rig.Thresholds()[j], 2e-5);
            }
        }

        Assert.All(rig.Padding(), value => Assert.Equal(0f, value));
    }

    [Fact]
    public void Every_unit_comes_to_answer_to_its_share_of_the_events_and_stays_there_when_inputs_move()
    {
        const int units = 16;
        using var rig = new Rig(units, new HomeostaticRuleSpec(), 0.02f);
        foreach (var shift in (float[])[0f, 4f])
        {
            var answers = new double[units];
            for (var n = 0; n < 8000; n++)
            {
                var drive = rig.Step(n, 1f, shift);
                for (var j = 0; j < units; j++)
                {
                    answers[j] += n >= 2000 && drive[j] > 0 ? 1 / 6000d : 0;
                }
            }

            for (var j = 0; j < units; j++)
            {
                Assert.InRange(answers[j] - (0.25 + (0.5 * (j + 0.5) / units)), -0.02, 0.02);
            }
        }
    }

    private sealed class Rig : IDisposable
    {
        private const int Inputs = 10;
        private readonly Workbench _bench = new();
        private readonly InputPopulation _pre;
        private readonly ReluPopulation _post;
        private readonly HashedProjection _projection;
        private readonly PlasticityChain _chain;
        private readonly StepClock _clock;

        public Rig(int units, HomeostaticRuleSpec spec, float rate)
        {
            _clock = new StepClock(_bench.Layout);
            _pre = new InputPopulation(_bench.Layout, "input", Inputs, hasBias: true, Inputs, dense: false);
            _post = new ReluPopulation(_bench.Layout, "features", units, hasBias: true);
            _projection = new HashedProjection(_bench.Layout, "filters", _pre, _post, new HashedConnectionSpec { BiasScale = 1f });
            _chain = new PlasticityChain(_bench.Layout, _projection, new HomeostaticRule(_projection, spec), [new LearningRate(new LearningRateSpec { Rate = rate }, _clock)]);
            _bench.Build();
            _projection.Initialise(_bench.Learn());
            _chain.Initialise(_bench.Learn());
        }

        public double[] Thresholds() => [.. _projection.Hidden(0, _bench.Learn())[.._post.Units].ToArray().Select(value => (double)value)];

        public float[] Padding() => _projection.Hidden(0, _bench.Learn())[_post.Units..].ToArray();

        /// <summary>One event; the drives before thresholds moved.</summary>
        public float[] Step(int n, float weight, float shift = 0f)
        {
            var step = _bench.Learn(weight, n + 1);
            _pre.Begin(step, out var rows, out var values);
            for (var i = 0; i < Inputs; i++)
            {
                (rows[i], values[i]) = (i, Draw.Normal(3, n, i) + (i == 0 ? shift : 0f));
            }

            _pre.End(step, Inputs);
            _pre.Advance(step);
            step.Write(_post.Drive).Clear();
            _projection.Transmit(step);
            _post.Advance(step);
            var drive = step.View(_post.Drive)[.._post.Units].ToArray();
            Assert.True(_chain.Prepare(step));
            _chain.Run(step);
            return drive;
        }

        public void Dispose() => _bench.Dispose();
    }
}
