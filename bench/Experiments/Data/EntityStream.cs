using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Experiments.Data;

/// <summary>Events of a thousand entities, each with a view of its own. All draws are keyed by the seed, the event and the entity.</summary>
/// <param name="seed">Seed of the stream.</param>
internal sealed class EntityStream(ulong seed)
{
    /// <summary>Numbers of an event.</summary>
    public const int Size = 10;

    private const int Entities = 1000;
    private const float Own = 1.5f;
    private const float NoiseDeviation = 0.2f;
    private const ulong Choice = 401;
    private const ulong Inputs = 402;
    private const ulong Shared = 403;
    private const ulong Directions = 404;
    private const ulong Offsets = 405;
    private const ulong Noise = 406;
    private ulong _event;

    /// <summary>Key of an entity.</summary>
    public static ulong NameOf(int entity) => FeatureHash.OfName(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"entity {entity}"));

    /// <summary>The next event: whom it is about, and its numbers.</summary>
    public (int Entity, float[] X) Next()
    {
        _event++;
        var x = new float[Size];
        for (var i = 0; i < Size; i++)
        {
            x[i] = KeyedRandom.Normal(seed, Inputs, _event, (ulong)i);
        }

        return (KeyedRandom.Below(Entities, seed, Choice, _event, 0), x);
    }

    /// <summary>Which side of the entity's plane the numbers are on; without the entity hardly more than chance.</summary>
    public string Label(int entity, float[] x)
    {
        var sum = 0f;
        for (var i = 0; i < Size; i++)
        {
            sum += x[i] * (KeyedRandom.Normal(seed, Shared, 0, (ulong)i) + (3f * KeyedRandom.Normal(seed, Directions, (ulong)entity, (ulong)i)));
        }

        return sum > 0f ? "yes" : "no";
    }

    /// <summary>A shared line, an offset and a slope along the first number of the entity's own, noise of deviation 0.2.</summary>
    public double Value(int entity, float[] x)
    {
        var sum = (Own * KeyedRandom.Normal(seed, Offsets, (ulong)entity, 0)) + (Own * KeyedRandom.Normal(seed, Offsets, (ulong)entity, 1) * x[0]) + (NoiseDeviation * KeyedRandom.Normal(seed, Noise, _event, 0));
        for (var i = 0; i < Size; i++)
        {
            sum += x[i] * KeyedRandom.Normal(seed, Shared, 1, (ulong)i);
        }

        return sum;
    }
}
