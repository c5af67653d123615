namespace LifelongApi.Experiments.Data;

/// <summary>
/// Normal vectors labelled by the largest of random linear scores, with some labels replaced by any; at every turn the scores are drawn anew.
/// </summary>
/// <param name="seed">Of everything that is drawn.</param>
/// <param name="turnEvery">Events between two turns; 0: none.</param>
internal sealed class TurningStream(ulong seed, int turnEvery)
{
    public const int Size = 10;
    public const int Classes = 4;
    private const double Noise = 0.05;
    private readonly Random _random = new((int)seed);
    private readonly float[] _features = new float[Size];
    private readonly double[] _scores = new double[Classes * Size];
    private int _index;

    /// <summary>Draws the next event.</summary>
    /// <returns>Features, valid until the next call, and label.</returns>
    public (float[] Features, string Label) Next()
    {
        if (_index == 0 || (turnEvery > 0 && _index % turnEvery == 0))
        {
            for (var i = 0; i < _scores.Length; i++)
            {
                _scores[i] = Normal();
            }
        }

        _index++;
        for (var i = 0; i < Size; i++)
        {
            _features[i] = (float)Normal();
        }

        var (best, highest) = (0, double.NegativeInfinity);
        for (var label = 0; label < Classes; label++)
        {
            var score = 0d;
            for (var i = 0; i < Size; i++)
            {
                score += _scores[(label * Size) + i] * _features[i];
            }

            (best, highest) = score > highest ? (label, score) : (best, highest);
        }

        var noisy = _random.NextDouble() < Noise ? _random.Next(Classes) : best;
        return (_features, $"class {noisy}");
    }

    /// <summary>Box and Muller 1958.</summary>
    private double Normal() => Math.Sqrt(-2d * Math.Log(1d - _random.NextDouble())) * Math.Cos(2d * Math.PI * _random.NextDouble());
}
