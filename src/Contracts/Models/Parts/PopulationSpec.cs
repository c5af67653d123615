namespace LifelongApi.Contracts.Models.Parts;

/// <summary>A population of rate units.</summary>
public sealed record PopulationSpec
{
    /// <summary>Name, unique in the network: 1 … 64 characters of a-z, A-Z, 0-9, - and _.</summary>
    public required string Name { get; init; }

    /// <summary>Its activation.</summary>
    public required PopulationKind Kind { get; init; }

    /// <summary>Units, 1 … 2^20. Not given for the input (the input's size) and for the last population (classes or target size).</summary>
    public int? Size { get; init; }

    /// <summary>For kind <c>winners</c>: how many units stay active, 1 … size; not given for other kinds.</summary>
    public int? Winners { get; init; }

    /// <summary>Whether one more unit with constant activity 1 feeds what follows (the bias). Default true; without meaning on the last population.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether each context has units of its own, size / maxContexts of them in a row, and all others are silent (for kind <c>relu</c>; needs <c>network.context</c>). Default false.</summary>
    public bool Gated { get; init; }
}

/// <summary>Activations of rate populations.</summary>
public enum PopulationKind
{
    /// <summary>The input as the features part prepared it. Only and always the first population.</summary>
    Input,

    /// <summary>y = drive.</summary>
    Identity,

    /// <summary>y = max(0, drive).</summary>
    Relu,

    /// <summary>y = tanh(drive).</summary>
    Tanh,

    /// <summary>y = drive for the k units with the highest positive drive, 0 for the others.</summary>
    Winners,

    /// <summary>y = √(2 / units) · cos(drive): random Fourier features where the projection to it starts with <c>fourier</c> weights.</summary>
    Cosine,
}
