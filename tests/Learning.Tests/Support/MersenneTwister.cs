namespace LifelongApi.Learning.Tests.Support;

/// <summary>
/// The generator that published reference traces were drawn with: MT19937 (Matsumoto and Nishimura 1998), seeded and read as Python's <c>random.Random(seed)</c>
/// or as NumPy's <c>np.random.seed(seed)</c> do. For tests of traces only.
/// </summary>
internal sealed class MersenneTwister
{
    private const int Length = 624;
    private readonly uint[] _state = new uint[Length];
    private int _next = Length;

    private MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Length; i++)
        {
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        }
    }

    /// <summary>As <c>np.random.seed(seed)</c>.</summary>
    public static MersenneTwister NumPy(uint seed) => new(seed);

    /// <summary>As <c>random.Random(seed)</c> with a seed of one word: initialised by an array of one key.</summary>
    public static MersenneTwister Python(uint seed)
    {
        var twister = new MersenneTwister(19650218u);
        var state = twister._state;
        var i = 1;
        for (var k = 0; k < Length; k++)
        {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525u)) + seed;
            i = Wrap(state, i + 1);
        }

        for (var k = 1; k < Length; k++)
        {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941u)) - (uint)i;
            i = Wrap(state, i + 1);
        }

        state[0] = 0x80000000u;
        return twister;
    }

    /// <summary>A double in [0, 1) of 53 bits: Python's <c>random()</c>, NumPy's <c>random_sample()</c>.</summary>
    public double Uniform() => ((Word() >> 5) * 67108864.0 + (Word() >> 6)) / 9007199254740992.0;

    /// <summary>Python's <c>choices(range(low, high), k=count)</c>.</summary>
    public double[] Choices(int low, int high, int count) => Many(count, () => low + Math.Floor(Uniform() * (high - low)));

    /// <summary>Python's <c>choices([0, 1], k=count, weights=[1 - p, p])</c>, and NumPy's <c>binomial(1, p)</c> one by one for p below a half.</summary>
    public double[] Flips(double heads, int count) => Many(count, () => Uniform() < 1 - heads ? 0 : 1);

    /// <summary>NumPy's <c>randint(low, high, count)</c>: as many bits as the range has, drawn again where beyond it.</summary>
    public double[] Integers(int low, int high, int count)
    {
        var most = (uint)(high - low - 1);
        var mask = most == 0 ? 0u : uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(most);
        return Many(count, () =>
        {
            var drawn = Word() & mask;
            while (drawn > most)
            {
                drawn = Word() & mask;
            }

            return low + drawn;
        });
    }

    private static double[] Many(int count, Func<double> draw)
    {
        var drawn = new double[count];
        for (var i = 0; i < count; i++)
        {
            drawn[i] = draw();
        }

        return drawn;
    }

    private static int Wrap(uint[] state, int i)
    {
        if (i < Length)
        {
            return i;
        }

        state[0] = state[Length - 1];
        return 1;
    }

    private uint Word()
    {
        if (_next == Length)
        {
            for (var i = 0; i < Length; i++)
            {
                var y = (_state[i] & 0x80000000u) | (_state[(i + 1) % Length] & 0x7FFFFFFFu);
                _state[i] = _state[(i + 397) % Length] ^ (y >> 1) ^ ((y & 1) == 0 ? 0u : 0x9908B0DFu);
            }

            _next = 0;
        }

        var word = _state[_next++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9D2C5680u;
        word ^= (word << 15) & 0xEFC60000u;
        return word ^ (word >> 18);
    }
}
