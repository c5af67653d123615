using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Schema;

/// <summary>
/// The tables (docs/journal.md). Names are snake_case on both databases, so that hand-written SQL is the same.
/// <c>events</c>, <c>event_ids</c> and <c>outcomes</c> carry no foreign keys: one writer, fenced by its epoch, writes them,
/// and a check per row would be paid on the hot path.
/// </summary>
internal abstract class LifelongContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<StreamRow> Streams => Set<StreamRow>();

    public DbSet<TaskRow> Tasks => Set<TaskRow>();

    public DbSet<FeatureNameEntry> FeatureNames => Set<FeatureNameEntry>();

    public DbSet<EventRow> Events => Set<EventRow>();

    public DbSet<EventIdRow> EventIds => Set<EventIdRow>();

    public DbSet<OutcomeEntry> Outcomes => Set<OutcomeEntry>();

    public DbSet<SubjectRow> Subjects => Set<SubjectRow>();

    public DbSet<EncoderRow> Encoders => Set<EncoderRow>();

    public DbSet<ModelRow> Models => Set<ModelRow>();

    public DbSet<LineageRow> Lineages => Set<LineageRow>();

    public DbSet<VersionRow> Versions => Set<VersionRow>();

    public DbSet<VersionPageRow> VersionPages => Set<VersionPageRow>();

    public DbSet<PageRow> Pages => Set<PageRow>();

    public DbSet<ProbeRow> Probes => Set<ProbeRow>();

    public DbSet<ProbeScoreRow> ProbeScores => Set<ProbeScoreRow>();

    public DbSet<EntityEntry> Entities => Set<EntityEntry>();

    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    public DbSet<OperationRow> Operations => Set<OperationRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        BuildJournal(modelBuilder);
        BuildModels(modelBuilder);
        BuildVersions(modelBuilder);
        BuildProbes(modelBuilder);
        modelBuilder.Entity<ApiKeyRow>(key =>
        {
            key.ToTable("api_keys").HasKey(row => row.Name);
            key.HasIndex(row => row.Hash).IsUnique();
        });
        modelBuilder.Entity<OperationRow>(operation =>
        {
            operation.ToTable("operations").HasKey(row => row.Id);
            operation.HasIndex(row => new { row.State, row.CreatedAt });
            operation.HasIndex(row => new { row.ModelId, row.CreatedAt });
        });
    }

    private static void BuildJournal(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<StreamRow>(stream =>
        {
            stream.ToTable("streams").HasKey(row => row.Id);
            stream.HasIndex(row => row.Name).IsUnique();
            stream.HasOne<StreamRow>().WithMany().HasForeignKey(row => row.ParentStreamId).OnDelete(DeleteBehavior.SetNull);
        });
        modelBuilder.Entity<TaskRow>(task =>
        {
            task.ToTable("tasks").HasKey(row => new { row.StreamId, row.Id });
            task.Property(row => row.Id).ValueGeneratedNever();
            task.HasIndex(row => new { row.StreamId, row.Name }).IsUnique();
            task.HasOne<StreamRow>().WithMany().HasForeignKey(row => row.StreamId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<FeatureNameEntry>(name =>
        {
            name.ToTable("feature_names").HasKey(row => new { row.StreamId, row.Id });
            name.Property(row => row.Id).ValueGeneratedNever();
            name.HasOne<StreamRow>().WithMany().HasForeignKey(row => row.StreamId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<EventRow>(journal =>
        {
            journal.ToTable("events").HasKey(row => new { row.StreamId, row.Sequence });
            journal.Property(row => row.Sequence).ValueGeneratedNever();
            journal.HasIndex(row => new { row.StreamId, row.Kind, row.Sequence }).HasDatabaseName("ix_events_kind").HasFilter("kind >= 3");
            journal.HasIndex(row => new { row.StreamId, row.SubjectId, row.Sequence }).HasDatabaseName("ix_events_subject").HasFilter("subject_id IS NOT NULL");
        });
        modelBuilder.Entity<EventIdRow>().ToTable("event_ids").HasKey(row => new { row.StreamId, row.IdKey });
        modelBuilder.Entity<OutcomeEntry>().ToTable("outcomes").HasKey(row => new { row.ModelId, row.Lineage, row.Sequence });
        modelBuilder.Entity<OutcomeEntry>().Property(row => row.Sequence).ValueGeneratedNever();
        modelBuilder.Entity<SubjectRow>(subject =>
        {
            subject.ToTable("subjects").HasKey(row => new { row.StreamId, row.Id });
            subject.Property(row => row.Id).ValueGeneratedNever();
            // Once a subject is erased the same name may come back, as a new subject with a new key.
            subject.HasIndex(row => new { row.StreamId, row.NameHash }).IsUnique().HasFilter("destroyed_at IS NULL");
            subject.HasOne<StreamRow>().WithMany().HasForeignKey(row => row.StreamId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<EncoderRow>(encoder =>
        {
            encoder.ToTable("encoders").HasKey(row => row.Id);
            encoder.HasIndex(row => row.Hash).IsUnique();
        });
    }

    private static void BuildModels(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ModelRow>(model =>
        {
            model.ToTable("models").HasKey(row => row.Id);
            model.HasIndex(row => row.Name).IsUnique();
            // Both databases take a bare boolean column as a condition.
            model.HasIndex(row => row.StreamId, "Stream").HasDatabaseName("ix_models_stream_id");
            model.HasIndex(row => row.StreamId, "Leader").HasDatabaseName("ix_models_leader").IsUnique().HasFilter("is_leader");
            model.HasOne(row => row.Stream).WithMany().HasForeignKey(row => row.StreamId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<LineageRow>(lineage =>
        {
            lineage.ToTable("lineages").HasKey(row => new { row.ModelId, row.Number });
            lineage.HasOne<ModelRow>().WithMany().HasForeignKey(row => row.ModelId).OnDelete(DeleteBehavior.Cascade);
        });
    }

    private static void BuildVersions(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<VersionRow>(version =>
        {
            version.ToTable("versions").HasKey(row => row.Id);
            version.HasIndex(row => new { row.ModelId, row.Number }).IsUnique();
            version.HasIndex(row => new { row.ModelId, row.Lineage, row.Sequence });
            version.HasOne<ModelRow>().WithMany().HasForeignKey(row => row.ModelId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<VersionPageRow>(page =>
        {
            page.ToTable("version_pages").HasKey(row => new { row.VersionId, row.PageIndex });
            page.HasIndex(row => row.Hash);
            page.HasOne<VersionRow>().WithMany().HasForeignKey(row => row.VersionId).OnDelete(DeleteBehavior.Cascade);
            page.HasOne<PageRow>().WithMany().HasForeignKey(row => row.Hash).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<PageRow>().ToTable("pages").HasKey(row => row.Hash);
        modelBuilder.Entity<EntityEntry>(entity =>
        {
            entity.ToTable("entity_rows").HasKey(row => new { row.ModelId, row.Entity, row.Lineage, row.Sequence });
            entity.HasOne<ModelRow>().WithMany().HasForeignKey(row => row.ModelId).OnDelete(DeleteBehavior.Cascade);
        });
    }

    private static void BuildProbes(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ProbeRow>(probe =>
        {
            probe.ToTable("probes").HasKey(row => new { row.StreamId, row.Task });
            probe.HasOne<StreamRow>().WithMany().HasForeignKey(row => row.StreamId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<ProbeScoreRow>(score =>
        {
            score.ToTable("probe_scores").HasKey(row => new { row.ModelId, row.Lineage, row.Sequence, row.Task });
            score.HasOne<ModelRow>().WithMany().HasForeignKey(row => row.ModelId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
