using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>Which presynaptic units reach which postsynaptic ones, and how.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DenseConnectionSpec), "dense")]
[JsonDerivedType(typeof(PatchConnectionSpec), "patches")]
[JsonDerivedType(typeof(BinaryConnectionSpec), "binary")]
[JsonDerivedType(typeof(PrototypeConnectionSpec), "prototypes")]
[JsonDerivedType(typeof(FernConnectionSpec), "ferns")]
[JsonDerivedType(typeof(FunctionalLinkConnectionSpec), "functionalLink")]
[JsonDerivedType(typeof(ClusterConnectionSpec), "clusters")]
[JsonDerivedType(typeof(HashedConnectionSpec), "hashed")]
public abstract record ConnectionSpec;

/// <summary>All to all.</summary>
public sealed record DenseConnectionSpec : ConnectionSpec
{
    /// <summary>Whether the activities sent are divided by the root of how many units are active, the bias aside, so that the drive's spread does not depend on how many features an event has.</summary>
    public bool Normalise { get; init; }
}

/// <summary>All to all by the sign of a hidden weight: what is transmitted is ±gain / √(pre units) (Courbariaux et al. 2016). The rule is <c>credit</c> or none.</summary>
public sealed record BinaryConnectionSpec : ConnectionSpec
{
    /// <summary>Magnitude of what is transmitted times √(pre units), in [1e-6, 1e6].</summary>
    public float Gain { get; init; } = 1f;
}

/// <summary>
/// One set of local filters shared over an image: whitened patches, rectified responses, averages over a grid (Coates, Lee and Ng 2011).
/// The filters are drawn from the patches of the first events. The postsynaptic population has filters × (grid² + peaks²) units of kind <c>identity</c>.
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

    /// <summary>Whether the cells of the grid overlap: a patch then counts for up to four cells, by how near their centres are.</summary>
    public bool Overlap { get; init; }

    /// <summary>Cells per side of a second, coarser grid of which the largest response is taken instead of the mean, 0 … 8; 0: none.</summary>
    public int Peaks { get; init; }

    /// <summary>θ of the rectification, in standard deviations of the response to white noise, 0 … 10.</summary>
    public float Threshold { get; init; } = 0.25f;

    /// <summary>Events from which filters are drawn, 0 … 10,000. 0: they never form and stay random.</summary>
    public int FormingEvents { get; init; } = 20;

    /// <summary>Features that it gives: filters × (grid² + peaks²).</summary>
    [JsonIgnore]
    public int FeatureCount => Filters * ((Grid * Grid) + (Peaks * Peaks));
}

/// <summary>
/// A few prototypes of every class; a class is driven by its nearest one (Kohonen 1990). Runs to the last population, learns by the rule <c>prototypes</c>, and its presynaptic
/// population has a bias.
/// </summary>
public sealed record PrototypeConnectionSpec : ConnectionSpec
{
    /// <summary>Prototypes per class, 1 … 256.</summary>
    public int PerClass { get; init; } = 1;

    /// <summary>Factor from −½ squared distance to drive, above 0: how sharply probabilities fall with distance.</summary>
    public float Sharpness { get; init; } = 1f;
}

/// <summary>
/// Random ferns (Özuysal et al. 2010): each asks a few yes-or-no questions "is the activity of this unit at least θ?", and the answers together name the one of its 2^depth cells
/// that is active. The questions are drawn from the first events. Depths go 1, 2, … depth, 1, 2, …; the postsynaptic population has one unit a cell, of kind <c>identity</c>.
/// </summary>
public sealed record FernConnectionSpec : ConnectionSpec
{
    /// <summary>Ferns, 1 … 4096.</summary>
    public int Ferns { get; init; } = 192;

    /// <summary>Most questions of a fern, 1 … 10.</summary>
    public int Depth { get; init; } = 6;

    /// <summary>Events between two ferns while they form, 1 … 10,000.</summary>
    public int Interval { get; init; } = 3;

    /// <summary>Units the postsynaptic population has: the cells of all ferns.</summary>
    public int CellCount() => Enumerable.Range(0, Ferns).Sum(fern => 1 << (1 + (fern % Depth)));
}

/// <summary>
/// Every presynaptic unit as it is, and random rectified combinations of a few of them beside it (the functional link of Pao, Park and Sobajic 1994). The postsynaptic population is of
/// kind <c>identity</c> and has more units than the presynaptic one; what it has more are the combinations. Their gains and thresholds are set by the first events.
/// </summary>
public sealed record FunctionalLinkConnectionSpec : ConnectionSpec
{
    /// <summary>Presynaptic units in a combination, 1 … 256 and at most all of them.</summary>
    public int Inputs { get; init; } = 8;

    /// <summary>Events after which the combinations are ready, 2 … 10,000; the second half of them is measured.</summary>
    public int FormingEvents { get; init; } = 80;
}

/// <summary>
/// Each postsynaptic unit stands for a cluster of inputs with a mean, a spread per feature and a share of the events; it is driven by the logarithm of share times density
/// (Yamanishi et al. 2004). Runs to the last population under head <c>novelty</c>, learns by the rule <c>clusters</c>.
/// </summary>
public sealed record ClusterConnectionSpec : ConnectionSpec
{
    /// <summary>Least variance of a feature within a cluster, in [1e-6, 1e6]: how exact a cluster can claim to be.</summary>
    public float Floor { get; init; } = 0.01f;
}

/// <summary>
/// Random signs that follow from their key and are kept nowhere (Achlioptas 2003; with sparsity 1 the signed hashing trick of Weinberger et al. 2009): a postsynaptic unit gets
/// scale · √(sparsity / n) times the sum of the n active inputs, each with sign +1, −1 or left out, and a threshold of its own, which is all that is stored. Runs from the input.
/// </summary>
public sealed record HashedConnectionSpec : ConnectionSpec
{
    /// <summary>Spread of the drive for standardised inputs, above 0.</summary>
    public float Scale { get; init; } = 1f;

    /// <summary>One synapse in so many is there, 1 … 64: with more, units look at a few inputs each.</summary>
    public int Sparsity { get; init; } = 1;

    /// <summary>Standard deviation of the first thresholds, 0 or more.</summary>
    public float BiasScale { get; init; }
}
