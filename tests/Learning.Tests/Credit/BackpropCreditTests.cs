using LifelongApi.Learning.Credit;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Credit;

public sealed class BackpropCreditTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(15, 17)]
    [InlineData(33, 16)]
    public void Credit_is_minus_the_numeric_gradient_of_the_loss_with_respect_to_every_drive(int first, int second)
    {
        using var net = new Net(5, first, second, 4);
        var x = Draw.Normals(5, 1, 1);
        const int label = 2;
        var (credit1, credit2) = net.Credits(x, label);
        var forward = net.DriveOf(x);
        for (var unit = 0; unit < first; unit++)
        {
            Near.Equal(-Slope(e => net.Loss(x, label, unit, e, -1, 0)), credit1[unit], 2e-4, $"first[{unit}]");
        }

        for (var unit = 0; unit < second; unit++)
        {
            Near.Equal(-Slope(e => net.Loss(x, label, -1, 0, unit, e)), credit2[unit], 2e-4, $"second[{unit}]");
        }

        Assert.Contains(forward, drive => drive != 0);
    }

    private static double Slope(Func<double, double> loss) => (loss(1e-5) - loss(-1e-5)) / 2e-5;

    /// <summary>Input → tanh → relu → softmax with a short cut from the first hidden population to the output.</summary>
    private sealed class Net : IDisposable
    {
        private readonly Workbench _bench = new();
        private readonly InputPopulation _input;
        private readonly TanhPopulation _first;
        private readonly ReluPopulation _second;
        private readonly IdentityPopulation _output;
        private readonly DenseProjection[] _projections;
        private readonly BackpropCredit _credit;
        private readonly SoftmaxHead _head;

        public Net(int inputs, int first, int second, int outputs)
        {
            var layout = _bench.Layout;
            _input = new InputPopulation(layout, "input", inputs, hasBias: true, inputs, dense: false);
            _first = new TanhPopulation(layout, "first", first, hasBias: true);
            _second = new ReluPopulation(layout, "second", second, hasBias: true);
            _output = new IdentityPopulation(layout, "output", outputs, hasBias: false);
            _projections = [new(layout, "a", _input, _first), new(layout, "b", _first, _second), new(layout, "c", _second, _output), new(layout, "d", _first, _output)];
            _credit = new BackpropCredit([_input, _first, _second, _output], _projections, new HashSet<Population> { _first, _second, _output }, new HashSet<Population> { _output });
            _head = new SoftmaxHead(layout, "head", _output, new());
            _bench.Build();
            var step = _bench.Learn();
            for (var p = 0; p < _projections.Length; p++)
            {
                var weights = step.Write(_projections[p].Weights);
                for (var i = 0; i < _projections[p].RowCount; i++)
                {
                    for (var j = 0; j < _projections[p].Post.Units; j++)
                    {
                        weights[(i * _projections[p].Stride) + j] = 0.5f * Draw.Normal(10 + p, i, j);
                    }
                }
            }
        }

        public (float[] First, float[] Second) Credits(float[] x, int label)
        {
            var step = _bench.Learn();
            _input.Begin(step, out var rows, out var values);
            for (var i = 0; i < x.Length; i++)
            {
                (rows[i], values[i]) = (i, x[i]);
            }

            _input.End(step, x.Length);
            _projections[0].Transmit(step);
            _first.Advance(step);
            _projections[1].Transmit(step);
            _second.Advance(step);
            _projections[2].Transmit(step);
            _projections[3].Transmit(step);
            _output.Advance(step);
            _head.Score(new HeadTarget { Label = label, ClassCount = _output.Units }, step);
            _credit.Assign(step);
            return (step.View(_first.Credit)[.._first.Units].ToArray(), step.View(_second.Credit)[.._second.Units].ToArray());
        }

        public double[] DriveOf(float[] x) => Forward(x, -1, 0, -1, 0);

        public double Loss(float[] x, int label, int unit1, double e1, int unit2, double e2)
        {
            var drive = Forward(x, unit1, e1, unit2, e2);
            return Math.Log(drive.Sum(Math.Exp)) - drive[label];
        }

        public void Dispose() => _bench.Dispose();

        private double[] Forward(float[] x, int unit1, double e1, int unit2, double e2)
        {
            var first = Apply(0, [.. x.Select(value => (double)value), 1]);
            if (unit1 >= 0)
            {
                first[unit1] += e1;
            }

            double[] y1 = [.. first.Select(Math.Tanh), 1];
            var second = Apply(1, y1);
            if (unit2 >= 0)
            {
                second[unit2] += e2;
            }

            double[] y2 = [.. second.Select(drive => Math.Max(0, drive)), 1];
            return [.. Apply(2, y2).Zip(Apply(3, y1), (a, b) => a + b)];
        }

        private double[] Apply(int index, double[] x)
        {
            var step = _bench.Learn();
            var projection = _projections[index];
            var drive = new double[projection.Post.Units];
            for (var i = 0; i < x.Length; i++)
            {
                var row = projection.Row(i, step);
                for (var j = 0; j < drive.Length; j++)
                {
                    drive[j] += x[i] * row[j];
                }
            }

            return drive;
        }
    }
}
