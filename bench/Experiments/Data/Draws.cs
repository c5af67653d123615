using LifelongApi.Learning.Numerics;

namespace LifelongApi.Experiments.Data;

/// <summary>Random numbers of one row, one after another: a function of seed, row and how many were drawn, so that every row can be made alone.</summary>
/// <param name="seed">Seed of the stream.</param>
/// <param name="row">Number of the row.</param>
internal sealed class Draws(ulong seed, ulong row)
{
    private ulong _count;

    /// <summary>Number of the row.</summary>
    public ulong Row => row;

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (KeyedRandom.Bits(seed, 0x5EED, row, _count++) >> 11) * (1d / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * Uniform());

    /// <summary>A whole number in [0, bound).</summary>
    public int Below(int bound) => (int)(Uniform() * bound);

    /// <summary>Normal with mean 0 and variance 1 (Box and Muller 1958).</summary>
    public double Normal() => Math.Sqrt(-2d * Math.Log(1d - Uniform())) * Math.Cos(2d * Math.PI * Uniform());
}
