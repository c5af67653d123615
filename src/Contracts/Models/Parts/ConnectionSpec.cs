using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>Which presynaptic units reach which postsynaptic ones, and how.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DenseConnectionSpec), "dense")]
[JsonDerivedType(typeof(PatchConnectionSpec), "patches")]
[JsonDerivedType(typeof(BinaryConnectionSpec), "binary")]
public abstract record ConnectionSpec;

/// <summary>All to all.</summary>
public sealed record DenseConnectionSpec : ConnectionSpec;

/// <summary>All to all by the sign of a hidden weight: what is transmitted is ±gain / √(pre units) (Courbariaux et al. 2016). The rule is <c>credit</c> or none.</summary>
public sealed record BinaryConnectionSpec : ConnectionSpec
{
    /// <summary>Magnitude of what is transmitted times √(pre units), in [1e-6, 1e6].</summary>
    public float Gain { get; init; } = 1f;
}

/// <summary>
/// One set of local filters shared over an image: whitened patches, rectified responses, averages over a grid (Coates, Lee and Ng 2011).
/// The filters are drawn from the patches of the first events. The postsynaptic population has filters × grid² units of kind <c>identity</c>.
/// </summary>
public sealed record PatchConnectionSpec : ConnectionSpec
{
    /// <summary>Side of a patch in pixels, 2 … 16 and at most the image's smaller side.</summary>
    public int Side { get; init; } = 8;

    /// <summary>Pixels between neighbouring patches, 1 … side.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Filters, 16 … 4096, a multiple of 16.</summary>
    public int Filters { get; init; } = 256;

    /// <summary>Cells of the grid per side, 1 … 8.</summary>
    public int Grid { get; init; } = 3;

    /// <summary>θ of the rectification, in standard deviations of the response to white noise, 0 … 10.</summary>
    public float Threshold { get; init; } = 1f;

    /// <summary>Events from which filters are drawn, 1 … 10,000.</summary>
    public int FormingEvents { get; init; } = 20;
}
