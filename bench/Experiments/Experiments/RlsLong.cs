using System.Diagnostics;
using System.Runtime.InteropServices;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Whether recursive least squares with forgetting stays sound: ten million events, four fifths of them long stretches of one constant input, where exponential
/// forgetting winds P up in every direction that the input does not excite. Beside the float32 model runs the same recursion (directional forgetting, Kulhavý 1987)
/// in double, event by event, over the full matrix and with nothing waiting; another algorithm would have another P to compare with.
/// </summary>
internal sealed class RlsLong : Experiment
{
    private const int Inputs = 20;
    private const int Size = Inputs + 1;
    private const int Cycle = 100_000;
    private const int Varied = 20_000;
    private const float Forgetting = 0.99f;

    public override string Name => "rls-long";

    public override string Protocol => "10^7 events, forgetting 0.99, stretches of 80,000 constant inputs; float32 model against the same recursion in double";

    public override int DefaultSeeds => 2;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["readout"] = new ModelSpec
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = Inputs },
            Target = new TargetSpec { Kind = TargetKind.Value, Size = 1 },
            Network = new NetworkSpec
            {
                Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
                Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new RecursiveLeastSquaresRuleSpec { Forgetting = Forgetting } }],
                Credit = new NoCreditSpec(),
                Head = new RegressionHeadSpec { Standardise = false },
            },
        },
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var events = run.IsQuick ? 1_000_000 : 10_000_000;
        var seeds = run.EachSeed(seed => Follow(seed, events));
        return new ExperimentResult(
            new Measurement("largest relative error of P", [.. seeds.Select(one => one.Covariance)]) { Bar = 1e-3, LowerIsBetter = true },
            new Measurement("largest relative error of the weights", [.. seeds.Select(one => one.Weights)]) { Bar = 1e-3, LowerIsBetter = true },
            new Measurement("checks at which P was positive definite, %", [.. seeds.Select(one => 100d * one.Definite / one.Checks)]) { Bar = 100 })
        {
            Details = new Dictionary<string, object>
            {
                ["events"] = events,
                ["checks"] = seeds[0].Checks,
                ["smallest pivot of P, double"] = seeds.Min(one => one.SmallestPivot),
                ["largest trace of P"] = seeds.Max(one => one.Trace),
                ["events per second, with the oracle"] = seeds[0].Rate,
            },
        };
    }

    private Findings Follow(ulong seed, int events)
    {
        using var model = new Trainee(Specs["readout"], seed);
        var oracle = new DoubleRecursion(Size, ridge: 1, Forgetting);
        var input = new float[Inputs];
        var truth = new double[Size];
        var findings = new Findings();
        var watch = Stopwatch.StartNew();
        for (var e = 0; e < events; e++)
        {
            var (cycle, phase) = (e / Cycle, e % Cycle);
            if (phase == 0)
            {
                // The truth moves from cycle to cycle, so that there is something to forget.
                Fill(truth, seed, use: 1, cycle);
            }

            if (phase <= Varied)
            {
                Fill(input, seed, use: 2, e);
            }

            var target = truth[Inputs] + (0.1 * KeyedRandom.Normal(seed, 3, (ulong)e, 0));
            for (var i = 0; i < Inputs; i++)
            {
                target += truth[i] * input[i];
            }

            // The event's target is a float32 to the model; the oracle learns the same number.
            target = (float)target;
            model.Learn(input, [target]);
            oracle.Learn(input, target);
            if (phase is 1_000 or Varied - 1 or Varied + 1_000 or Cycle - 1)
            {
                findings.Add(model, oracle);
            }
        }

        findings.Rate = events / watch.Elapsed.TotalSeconds;
        return findings;
    }

    private static void Fill(Span<float> numbers, ulong seed, ulong use, int index)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = KeyedRandom.Normal(seed, use, (ulong)index, (ulong)i);
        }
    }

    private static void Fill(Span<double> numbers, ulong seed, ulong use, int index)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = KeyedRandom.Normal(seed, use, (ulong)index, (ulong)i);
        }
    }

    /// <summary>The worst of all checks.</summary>
    private sealed class Findings
    {
        public int Checks { get; private set; }

        public int Definite { get; private set; }

        public double Covariance { get; private set; }

        public double Weights { get; private set; }

        public double SmallestPivot { get; private set; } = double.PositiveInfinity;

        public double Trace { get; private set; }

        public double Rate { get; set; }

        public void Add(Trainee model, DoubleRecursion oracle)
        {
            var state = new ReadoutState(model);
            Checks++;
            Covariance = Math.Max(Covariance, RelativeError(state.Covariance, oracle.Covariance));
            Weights = Math.Max(Weights, RelativeError(state.Weights, oracle.Weights));
            var pivot = DoubleRecursion.SmallestPivot(state.Covariance, Size);
            SmallestPivot = Math.Min(SmallestPivot, pivot);
            Definite += pivot > 0 ? 1 : 0;
            Trace = Math.Max(Trace, Enumerable.Range(0, Size).Sum(i => state.Covariance[(i * Size) + i]));
        }

        /// <summary>‖a − b‖ / ‖b‖; NaN counts as infinite.</summary>
        private static double RelativeError(double[] a, double[] b)
        {
            var error = Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum() / b.Sum(y => y * y));
            return double.IsNaN(error) ? double.PositiveInfinity : error;
        }
    }

    /// <summary>Weights and P as the model's captured state has them, what waits taken in.</summary>
    private sealed class ReadoutState
    {
        public ReadoutState(Trainee model)
        {
            var floats = MemoryMarshal.Cast<byte, float>(model.Model.Capture().Bytes.Span);
            var layout = model.Model.Learner.Layout;
            var cells = Part(floats, layout, "readout.covariance");
            var pending = Part(floats, layout, "readout.pending");
            var signs = Part(floats, layout, "readout.pendingSigns");
            var waiting = MemoryMarshal.Cast<float, long>(Part(floats, layout, "readout.pendingCount"))[0];
            var stride = pending.Length / signs.Length;
            var weights = Part(floats, layout, "readout.weights");
            for (var i = 0; i < Size; i++)
            {
                Weights[i] = weights[i * (weights.Length / Size)];
                for (var j = 0; j < Size; j++)
                {
                    var cell = (double)cells[SymmetricTiles.OffsetOf(i, j)];
                    for (var k = 0; k < waiting; k++)
                    {
                        cell += (double)signs[k] * pending[(k * stride) + i] * pending[(k * stride) + j];
                    }

                    Covariance[(i * Size) + j] = cell;
                }
            }
        }

        public double[] Covariance { get; } = new double[Size * Size];

        public double[] Weights { get; } = new double[Size];

        private static ReadOnlySpan<float> Part(ReadOnlySpan<float> image, Learning.State.Layout layout, string name)
        {
            var slot = layout.Slots.Single(info => info.Name == name).Slot;
            var start = slot.Region == Learning.State.Region.Plastic ? layout.LengthOf(Learning.State.Region.Read) : 0;
            return image.Slice(start + slot.Offset, slot.Length);
        }
    }

    /// <summary>The recursion as published, in double: scalar loops over the full matrix.</summary>
    private sealed class DoubleRecursion
    {
        private readonly int _size;
        private readonly double _forgetting;
        private readonly double[] _input;
        private readonly double[] _gain;

        public DoubleRecursion(int size, double ridge, double forgetting)
        {
            (_size, _forgetting) = (size, forgetting);
            (_input, _gain, Weights) = (new double[size], new double[size], new double[size]);
            Covariance = new double[size * size];
            for (var i = 0; i < size; i++)
            {
                Covariance[(i * size) + i] = 1 / ridge;
            }
        }

        public double[] Covariance { get; }

        public double[] Weights { get; }

        public void Learn(ReadOnlySpan<float> input, double target)
        {
            var (leverage, error) = (0d, target);
            for (var i = 0; i < _size; i++)
            {
                _input[i] = i < input.Length ? input[i] : 1d;
            }

            for (var i = 0; i < _size; i++)
            {
                var row = Covariance.AsSpan(i * _size, _size);
                var gain = 0d;
                for (var j = 0; j < row.Length; j++)
                {
                    gain += row[j] * _input[j];
                }

                _gain[i] = gain;
                leverage += gain * _input[i];
                error -= Weights[i] * _input[i];
            }

            var shrink = (1 - (1 / (_forgetting * (1 + leverage)))) / leverage;
            for (var i = 0; i < _size; i++)
            {
                Weights[i] += _gain[i] * error / (1 + leverage);
                var row = Covariance.AsSpan(i * _size, _size);
                var factor = shrink * _gain[i];
                for (var j = 0; j < row.Length; j++)
                {
                    row[j] -= factor * _gain[j];
                }
            }
        }

        /// <summary>Smallest pivot of the Cholesky decomposition: above 0 exactly where the matrix is positive definite.</summary>
        public static double SmallestPivot(double[] matrix, int size)
        {
            var left = (double[])matrix.Clone();
            var smallest = double.PositiveInfinity;
            for (var column = 0; column < size; column++)
            {
                var pivot = left[(column * size) + column];
                smallest = Math.Min(smallest, double.IsNaN(pivot) ? double.NegativeInfinity : pivot);
                if (!(pivot > 0))
                {
                    return smallest;
                }

                for (var i = column + 1; i < size; i++)
                {
                    var factor = left[(i * size) + column] / pivot;
                    for (var j = column + 1; j < size; j++)
                    {
                        left[(i * size) + j] -= factor * left[(column * size) + j];
                    }
                }
            }

            return smallest;
        }
    }
}
