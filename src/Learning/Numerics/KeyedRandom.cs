namespace LifelongApi.Learning.Numerics;

/// <summary>
/// Random numbers as a pure function of their key (docs/determinism.md rule 4): SplitMix64's finaliser (Steele, Lea and Flood 2014)
/// over seed, stream of use and two indices. No generator has a state.
/// </summary>
public static class KeyedRandom
{
    /// <summary>64 random bits.</summary>
    /// <param name="seed">Seed of the model.</param>
    /// <param name="use">Stream of use, e.g. the hash of a projection's name.</param>
    /// <param name="first">First index.</param>
    /// <param name="second">Second index.</param>
    /// <returns>The bits.</returns>
    public static ulong Bits(ulong seed, ulong use, ulong first, ulong second) =>
        Mix(Mix(Mix(Mix(seed) ^ use) ^ first) ^ second);

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    /// <param name="seed">Seed of the model.</param>
    /// <param name="use">Stream of use.</param>
    /// <param name="first">First index.</param>
    /// <param name="second">Second index.</param>
    /// <returns>The number.</returns>
    public static float Uniform(ulong seed, ulong use, ulong first, ulong second) => (Bits(seed, use, first, second) >> 40) * (1f / 16777216f);

    /// <summary>A whole number in [0, bound).</summary>
    /// <param name="bound">Above 0.</param>
    /// <param name="seed">Seed of the model.</param>
    /// <param name="use">Stream of use.</param>
    /// <param name="first">First index.</param>
    /// <param name="second">Second index.</param>
    /// <returns>The number.</returns>
    public static int Below(int bound, ulong seed, ulong use, ulong first, ulong second) =>
        (int)(((Bits(seed, use, first, second) >> 32) * (ulong)bound) >> 32);

    /// <summary>Nearly normal with mean 0 and variance 1: the sum of twelve uniforms minus six (Irwin 1927, Hall 1927), exact in integers.</summary>
    /// <param name="seed">Seed of the model.</param>
    /// <param name="use">Stream of use.</param>
    /// <param name="first">First index.</param>
    /// <param name="second">Second index.</param>
    /// <returns>The number, within ±6.</returns>
    public static float Normal(ulong seed, ulong use, ulong first, ulong second)
    {
        var bits = Bits(seed, use, first, second);
        long sum = 0;
        for (var word = 0; word < 3; word++)
        {
            bits = Mix(bits);
            sum += (long)(bits & 0xFFFF) + (long)((bits >> 16) & 0xFFFF) + (long)((bits >> 32) & 0xFFFF) + (long)(bits >> 48);
        }

        return ((sum * 2) - (12L * 65535)) * (1f / 131072f);
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15UL;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
            return value ^ (value >> 31);
        }
    }
}
