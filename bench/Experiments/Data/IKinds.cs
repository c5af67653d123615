using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Data;

/// <summary>Things of ten kinds that a model is shown and given names for.</summary>
internal interface IKinds
{
    /// <summary>Names of the features; none for images.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Things.</summary>
    int Count { get; }

    /// <summary>Kind of a thing, 0 … 9.</summary>
    int KindOf(int index);

    /// <summary>Indices of the things of some kinds, in an order that a seed shuffles.</summary>
    int[] Shuffled(ulong seed, params IReadOnlyCollection<int> kinds);

    /// <summary>Lets a model learn what a thing is called.</summary>
    /// <returns>Whether the prediction made before was right.</returns>
    bool Learn(Trainee model, int index, string name);

    /// <summary>What a model calls a thing.</summary>
    string? Predict(Trainee model, int index);
}
