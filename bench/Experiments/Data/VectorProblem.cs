using LifelongApi.Learning.Numerics;

namespace LifelongApi.Experiments.Data;

/// <summary>
/// Ten classes of generated vectors that are not pixels. All draws are keyed by the seed and the example.
/// <c>independent</c>: 200 independent normal inputs, a class is three clusters in 20 of them. <c>sparse</c>: 20 categorical fields of 25 values, one input a value; a class prefers, in two ways, some values of
/// each field. <c>scales</c>: 12 causes, of which a class is three clusters, mixed into 80 inputs whose scales span 10^6 and that are offset, beside 20 constant inputs.
/// </summary>
/// <param name="seed">Seed of the problem.</param>
/// <param name="kind"><c>independent</c>, <c>sparse</c> or <c>scales</c>.</param>
internal sealed class VectorProblem(ulong seed, string kind)
{
    private const int Clusters = 3;
    private const int Causes = 12;
    private const int Mixed = 80;
    private const int Fields = 20;
    private const int Values = 25;
    private const int Telling = 20;
    private const ulong Centre = 401;
    private const ulong Choice = 402;
    private const ulong Noise = 403;
    private const ulong Mixing = 404;
    private const ulong Scale = 405;

    /// <summary>Kinds of problems.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["independent", "sparse", "scales"];

    /// <summary>Inputs of a kind.</summary>
    public static int SizeOf(string kind) => kind switch { "independent" => 200, "sparse" => Fields * Values, _ => 100 };

    /// <summary>An example of a class.</summary>
    /// <param name="label">0 … 9.</param>
    /// <param name="number">Number of the example, different for training and test.</param>
    public float[] Example(int label, int number)
    {
        var x = new float[SizeOf(kind)];
        var key = ((ulong)label << 32) | (uint)number;
        var cluster = ((ulong)label * Clusters) + (ulong)KeyedRandom.Below(Clusters, seed, Choice, key, 0);
        switch (kind)
        {
            case "independent":
                for (var i = 0; i < x.Length; i++)
                {
                    x[i] = Normal(Noise, key, i) + (i < Telling ? 1.2f * Normal(Centre, cluster, i) : 0f);
                }

                break;
            case "sparse":
                for (var field = 0; field < Fields; field++)
                {
                    // Of five values that a cluster prefers one, or any.
                    var preferred = KeyedRandom.Below(5, seed, Choice, key, 1 + (ulong)field);
                    var value = KeyedRandom.Uniform(seed, Noise, key, (ulong)field) < 0.5f
                        ? KeyedRandom.Below(Values, seed, Centre, cluster, (ulong)((field * 5) + preferred))
                        : KeyedRandom.Below(Values, seed, Noise, key, 100 + (ulong)field);
                    x[(field * Values) + value] = 1f;
                }

                break;
            default:
                for (var i = 0; i < x.Length; i++)
                {
                    var size = MathF.Pow(10f, (6f * KeyedRandom.Uniform(seed, Scale, (ulong)i, 0)) - 3f);
                    x[i] = size * ((3f * Normal(Scale, (ulong)i, 1)) + (i < Mixed ? Mix(cluster, key, i) : 0f));
                }

                break;
        }

        return x;
    }

    private float Mix(ulong cluster, ulong key, int input)
    {
        var sum = 0.5f * Normal(Noise, key, 100 + input);
        for (var cause = 0; cause < Causes; cause++)
        {
            sum += Normal(Mixing, (ulong)input, cause) * ((1.1f * Normal(Centre, cluster, cause)) + Normal(Noise, key, cause));
        }

        return sum;
    }

    private float Normal(ulong use, ulong a, int b) => KeyedRandom.Normal(seed, use, a, (ulong)b);
}
