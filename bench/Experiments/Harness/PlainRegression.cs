namespace LifelongApi.Experiments.Harness;

/// <summary>What one would use instead: a linear function of standardised inputs by stochastic gradient (rate 0.01), and the running mean.</summary>
/// <param name="size">Inputs.</param>
internal sealed class PlainRegression(int size)
{
    private const double Rate = 0.01;
    private readonly double[] _weights = new double[size + 1];
    private readonly double[] _mean = new double[size];
    private readonly double[] _squares = new double[size];
    private readonly double[] _inputs = new double[size + 1];
    private int _count;

    /// <summary>Mean of the targets so far.</summary>
    public double Mean { get; private set; }

    /// <summary>Answers, then learns.</summary>
    /// <param name="x">Inputs.</param>
    /// <param name="target">The target.</param>
    /// <returns>The answer before learning.</returns>
    public double Learn(ReadOnlySpan<float> x, double target)
    {
        _inputs[size] = 1;
        var answer = _weights[size];
        for (var i = 0; i < size; i++)
        {
            _inputs[i] = _count > 1 && _squares[i] > 0 ? (x[i] - _mean[i]) / Math.Sqrt(_squares[i] / _count) : 0;
            answer += _weights[i] * _inputs[i];
        }

        _count++;
        for (var i = 0; i <= size; i++)
        {
            _weights[i] += Rate * (target - answer) * _inputs[i];
        }

        for (var i = 0; i < size; i++)
        {
            var deviation = x[i] - _mean[i];
            _mean[i] += deviation / _count;
            _squares[i] += deviation * (x[i] - _mean[i]);
        }

        Mean += (target - Mean) / _count;
        return answer;
    }
}
